"""Where objects live on the server, and which types it does not know by their path."""

from __future__ import annotations

from microservice_operator.resources import CHILDREN

API = {
    "configmaps": "/api/v1",
    "pods": "/api/v1",
    "resourcequotas": "/api/v1",
    "secrets": "/api/v1",
    "serviceaccounts": "/api/v1",
    "services": "/api/v1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
    "poddisruptionbudgets": "/apis/policy/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "authorizationpolicies": "/apis/security.istio.io/v1",
    "destinationrules": "/apis/networking.istio.io/v1",
    "requestauthentications": "/apis/security.istio.io/v1",
    "serviceentries": "/apis/networking.istio.io/v1",
    "sidecars": "/apis/networking.istio.io/v1",
    "virtualservices": "/apis/networking.istio.io/v1",
    "peerauthentications": "/apis/security.istio.io/v1",
    "envoyfilters": "/apis/networking.istio.io/v1alpha3",
    "telemetries": "/apis/telemetry.istio.io/v1",
    "servicemonitors": "/apis/monitoring.coreos.com/v1",
    "prometheusrules": "/apis/monitoring.coreos.com/v1",
    "persistentvolumeclaims": "/api/v1",
    "microservices": "/apis/microservices.dev/v1alpha1",
    "events": "/apis/events.k8s.io/v1",
}
# The server knows the type of all others by their path.
CUSTOM = {kind.plural: kind.name for kind in CHILDREN if kind.of}
