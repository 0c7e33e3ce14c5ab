"""The kinds that the operator reads and writes, and how their paths are spelled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object as the API server serves it."""

    api_version: str
    name: str
    plural: str
    of: str = ""
    """The product that brings it to a cluster; empty for Kubernetes itself."""

    @property
    def group_path(self) -> str:
        """The path of its group and version."""
        return f"{'/apis' if '/' in self.api_version else '/api'}/{self.api_version}"

    def collection(self, namespace: str = "") -> str:
        """The path under which objects are listed: of one namespace, or of all when it is empty."""
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"{self.group_path}{scope}/{self.plural}"

    @property
    def definition(self) -> str:
        """The name of its CustomResourceDefinition."""
        return f"{self.plural}.{self.api_version.partition('/')[0]}"

    def path(self, namespace: str, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{name}"


MICROSERVICE = Kind("microservices.dev/v1alpha1", "Microservice", "microservices")

SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
SERVICE = Kind("v1", "Service", "services")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")

ISTIO = "Istio"
PEER_AUTHENTICATION = Kind(
    "security.istio.io/v1", "PeerAuthentication", "peerauthentications", ISTIO
)
DESTINATION_RULE = Kind("networking.istio.io/v1", "DestinationRule", "destinationrules", ISTIO)
AUTHORIZATION_POLICY = Kind(
    "security.istio.io/v1", "AuthorizationPolicy", "authorizationpolicies", ISTIO
)
REQUEST_AUTHENTICATION = Kind(
    "security.istio.io/v1", "RequestAuthentication", "requestauthentications", ISTIO
)
SERVICE_ENTRY = Kind("networking.istio.io/v1", "ServiceEntry", "serviceentries", ISTIO)
SIDECAR = Kind("networking.istio.io/v1", "Sidecar", "sidecars", ISTIO)
VIRTUAL_SERVICE = Kind("networking.istio.io/v1", "VirtualService", "virtualservices", ISTIO)

TELEMETRY = Kind("telemetry.istio.io/v1", "Telemetry", "telemetries", ISTIO)
ENVOY_FILTER = Kind("networking.istio.io/v1alpha3", "EnvoyFilter", "envoyfilters", ISTIO)

PROMETHEUS_OPERATOR = "Prometheus operator"
SERVICE_MONITOR = Kind(
    "monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors", PROMETHEUS_OPERATOR
)
PROMETHEUS_RULE = Kind(
    "monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules", PROMETHEUS_OPERATOR
)

DEFINITION = Kind(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"
)
POD = Kind("v1", "Pod", "pods")
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
EVENT = Kind("events.k8s.io/v1", "Event", "events")
