"""The EnvoyFilter, present in a mesh when `resilience` says how much each pod lets in."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import metadata, selector

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest
    from microservice_operator.model.meshed import Bucket

NAME = "envoy.filters.http.local_ratelimit"
TYPE = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
ALWAYS = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
# After the platform's own filters, which have none.
PRIORITY = 10
CHAIN = {
    "name": "envoy.filters.network.http_connection_manager",
    "subFilter": {"name": "envoy.filters.http.router"},
}


def build(app: App) -> list[Manifest]:
    """Right before a request reaches the application: who is turned away costs nobody's turn."""
    if app.mesh.bucket is None:
        return []
    patch = {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "SIDECAR_INBOUND", "listener": {"filterChain": {"filter": CHAIN}}},
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": {"name": NAME, "typed_config": _limit(app.mesh.bucket)},
        },
    }
    workload = {"labels": selector(app.name, app.track)}
    return [
        {
            "metadata": metadata(app),
            "spec": {
                "workloadSelector": workload,
                "priority": PRIORITY,
                "configPatches": [patch],
            },
        }
    ]


def _limit(bucket: Bucket) -> dict[str, Any]:
    """A bucket is filled steadily: the next request may come when the next drop has fallen."""
    wait = ceil(bucket.seconds / bucket.requests)
    return {
        "@type": TYPE,
        "stat_prefix": "http_local_rate_limiter",
        "token_bucket": {
            "max_tokens": bucket.burst,
            "tokens_per_fill": bucket.requests,
            "fill_interval": f"{bucket.seconds}s",
        },
        "filter_enabled": ALWAYS,
        "filter_enforced": ALWAYS,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
        "response_headers_to_add": [
            {
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                "header": {"key": "retry-after", "value": str(wait)},
            }
        ],
    }
