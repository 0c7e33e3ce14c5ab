"""Specs that together have every field that a child can have."""

from __future__ import annotations

from typing import Any

from tests.integration.world import CHILDREN

HPA = "horizontalpodautoscalers"
KINDS = (*CHILDREN, HPA)

TMP = "/tmp"  # noqa: S108  that of the pod
# Every field that a child can have; nothing runs, so that damage costs no pods.
EVERYTHING: dict[str, Any] = {
    "version": "v2",
    "command": ["/app"],
    "args": ["--serve"],
    "env": [
        {"name": "LEVEL", "value": "info"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "secret", "key": "token"}}},
    ],
    "envFrom": [{"configMapRef": {"name": "settings"}}],
    "config": {
        "data": {"LEVEL": "info"},
        "files": {"a.yaml": "a", "b.yaml": "b"},
        "mountPath": "/etc/orders",
        "onChange": "Reload",
    },
    "resources": {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"memory": "256Mi"},
    },
    "mounts": [
        {"name": "tls", "path": "/etc/tls", "secret": "tls"},
        {"name": "rules", "path": "/etc/rules", "configMap": "rules"},
        {"name": "data", "path": "/data", "claim": "data", "shared": True},
        {"name": "cache", "path": TMP, "empty": {"medium": "Memory", "sizeLimit": "1Gi"}},
    ],
    "sidecars": [
        {"name": "proxy", "image": "proxy:1", "args": ["--up"], "ports": [{"name": "a", "port": 9}]}
    ],
    "init": [
        {
            "name": "migrate",
            "image": "migrate:1",
            "command": ["/migrate"],
            "env": [{"name": "TO", "value": "latest"}],
            "envFrom": [{"secretRef": {"name": "migrations"}}],
            "resources": {"limits": {"memory": "256Mi"}},
            "mounts": [{"name": "data", "path": "/data", "readOnly": True}],
        }
    ],
    "imagePullSecrets": [{"name": "registry"}],
    "placement": {
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
        "priorityClassName": "batch",
    },
    "podLabels": {"team": "shop"},
    "podAnnotations": {"example.com/owner": "shop"},
    "ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "grpc", "port": 9000}],
    "replicas": 0,
    "health": {
        "readiness": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 7},
        "liveness": {"tcpSocket": {"port": "grpc"}, "failureThreshold": 5},
        "startup": {"exec": {"command": ["true"]}},
    },
    "availability": {"minAvailable": 1},
    "allowFrom": [
        {"service": "web", "ports": ["http"], "methods": ["GET"], "paths": ["/orders"]},
        {"namespace": "monitoring"},
    ],
    "calls": [
        {"service": "payments", "port": 80},
        {"host": "api.example.com", "ports": [{"port": 443}]},
    ],
    "resilience": {
        "timeout": "3s",
        "retries": {"attempts": 2, "perTryTimeout": "1s"},
        "circuitBreaker": {"consecutiveErrors": 3, "interval": "1s"},
        "limits": {"connections": 100, "requests": 200},
        "loadBalancing": {"policy": "RoundRobin", "warmup": "1m"},
        "rateLimit": {"requests": 100, "per": "Minute", "scope": "Service"},
    },
    "observability": {
        "metrics": {"port": "grpc", "path": "/prometheus", "interval": "15s"},
        "tracing": {"samplingPercent": "12.5", "tags": [{"name": "tenant", "header": "x-tenant"}]},
        "accessLog": "Errors",
        "slo": {"availability": "99.9"},
    },
    "security": {"mtls": "Strict"},
    "about": {"team": "checkout", "description": "Takes orders."},
}
SCALED: dict[str, Any] = {
    "scaling": {
        "min": 2,
        "max": 5,
        "metrics": [
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "connections"},
                    "target": {"type": "AverageValue", "averageValue": "1500m"},
                },
            },
        ],
        "behavior": {
            "scaleUp": {
                "stabilizationWindowSeconds": 30,
                "policies": [{"type": "Pods", "value": 5, "periodSeconds": 30}],
                "tolerance": "0.2",
            },
            "scaleDown": {"selectPolicy": "Min", "stabilizationWindowSeconds": 600},
        },
    },
}


def having(kind: str, otherwise: dict[str, Any]) -> dict[str, Any]:
    """A spec that has a child of this kind."""
    return SCALED if kind == HPA else otherwise
