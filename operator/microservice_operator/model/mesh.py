"""What the mesh is told of an app, and what it cannot be told where there is none."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

from microservice_operator.model.meshed import Bucket, Mesh
from microservice_operator.model.written import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from microservice_operator.api.mesh import MeshSettings
    from microservice_operator.api.resilience import (
        Limits,
        LoadBalancing,
        RateLimit,
        Resilience,
        Retries,
    )
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.model.facts import Facts

NEEDY = (
    "exposure",
    "observability.accessLog",
    "observability.dashboard",
    "observability.slo",
    "resilience",
    "security",
)
SAFE = ("ConnectFailure", "RefusedStream", "ResetBeforeRequest", "Unavailable")
CAUSES = {
    "ConnectFailure": "connect-failure",
    "RefusedStream": "refused-stream",
    "ResetBeforeRequest": "reset-before-request",
    "Reset": "reset",
    "GatewayError": "gateway-error",
    "ServerError": "5xx",
    "Conflict": "retriable-4xx",
    "Cancelled": "cancelled",
    "DeadlineExceeded": "deadline-exceeded",
    "Internal": "internal",
    "ResourceExhausted": "resource-exhausted",
    "Unavailable": "unavailable",
}
ERRORS, INTERVAL, EJECTED_FOR = 5, "10s", "30s"
LEAST_EJECTED = 10
A_FEW = 2
SECONDS = {"Second": 1, "Minute": 60, "Hour": 3600}
WHOLE_VISIT = {"path": "/", "ttl": "0s"}
"""A cookie for all paths, until the browser is closed."""
POLICIES = {"LeastRequest": "LEAST_REQUEST", "RoundRobin": "ROUND_ROBIN", "Random": "RANDOM"}


def mesh(app: App, spec: Spec, settings: MeshSettings, facts: Facts, said: Manifest) -> Mesh:
    """What the mesh is told of an app; without a mesh, which blocks the user has `said` in vain.

    Pods that have asked for a proxy go on doing so while the mesh is away: nobody restarts them.
    """
    needy = asked(said, _needy(spec))
    if settings.mode == "Off":
        return Mesh(lacking=_lacking(needy, "the platform's settings have switched it off"))
    if not facts.mesh:
        lacking = _lacking(needy, "this cluster has no Istio of version 1.27 or newer")
        injected, revision = facts.injected, settings.revision
        return Mesh(injected=injected, revision=revision, lacking=lacking, away=True)
    mtls = (spec.security and spec.security.mtls) or settings.mtls
    pods = app.scaling.min if app.scaling else app.replicas
    return Mesh(
        injected=True,
        revision=settings.revision,
        host=hosted(app.title, app.namespace, settings),
        mutual_tls=mtls.upper() if mtls else "",
        destination=destination(spec.resilience, pods) if spec.resilience else {},
        route=route(spec.resilience) if spec.resilience else {},
        bucket=bucket(spec.resilience.rate_limit) if spec.resilience else None,
    )


def hosted(title: str, namespace: str, settings: MeshSettings) -> str:
    """The name under which the mesh knows a Service."""
    return f"{title}.{namespace}.svc.{settings.domain}"


def _needy(spec: Spec) -> Iterator[str]:
    """The blocks of this spec that only a mesh can keep: it alone can tell requests apart."""
    yield from NEEDY
    if any(version.asks for version in spec.versions):
        yield "versions"
    if any(caller.methods or caller.paths for caller in spec.allow_from or ()):
        yield "allowFrom"


def _lacking(needy: str, why: str) -> str:
    return f"{needy} a mesh, and {why}." if needy else ""


def destination(resilience: Resilience, pods: int) -> Mapping[str, Any]:
    """How callers connect to the pods and choose among them.

    Ejection would make callers prefer their own zone: whether they do is always said.
    """
    said = _some(
        connectionPool=_pool(resilience.limits),
        loadBalancer=_balancer(resilience.load_balancing),
        outlierDetection=_ejection(resilience, pods),
    )
    if not said:
        return {}
    locality = {"enabled": resilience.load_balancing.locality == "Prefer"}
    return said | {"loadBalancer": said.get("loadBalancer", {}) | {"localityLbSetting": locality}}


def route(resilience: Resilience) -> Mapping[str, Any]:
    """How long callers wait, and what they try again."""
    return _some(timeout=resilience.timeout, retries=retries(resilience.retries))


def bucket(limit: RateLimit | None) -> Bucket | None:
    """How much is let in, by each pod or by all of them."""
    if limit is None:
        return None
    burst = limit.burst or limit.requests
    return Bucket(limit.requests, SECONDS[limit.per], burst, common=limit.scope == "Service")


def shared_out(app: App) -> App:
    """What all pods may let in, shared by all that there may be, never by how many there are."""
    pods = max(1, sum(track.most_pods for track in app.tracks))
    versions = tuple(_with_share(each, pods) for each in app.versions)
    return replace(_with_share(app, pods), versions=versions)


def _with_share(track: App, pods: int) -> App:
    limit = track.mesh.bucket
    return replace(track, mesh=replace(track.mesh, bucket=limit.among(pods))) if limit else track


def _pool(limits: Limits) -> Mapping[str, Any]:
    tcp = _some(maxConnections=limits.connections, connectTimeout=limits.connect_timeout)
    http = _some(
        http1MaxPendingRequests=limits.pending_requests,
        http2MaxRequests=limits.requests,
        maxRequestsPerConnection=limits.requests_per_connection,
        maxRetries=limits.retries,
    )
    return _some(tcp=tcp, http=http)


def _balancer(balancing: LoadBalancing) -> Mapping[str, Any]:
    chosen: dict[str, Any] = {}
    if balancing.hash:
        chosen["consistentHash"] = _some(
            httpHeaderName=balancing.hash.header,
            httpCookie=balancing.hash.cookie and {"name": balancing.hash.cookie, **WHOLE_VISIT},
            httpQueryParameterName=balancing.hash.query,
            useSourceIp=bool(balancing.hash.source),
        )
    elif balancing.policy or balancing.warmup:
        chosen["simple"] = POLICIES[balancing.policy or "LeastRequest"]
    if balancing.warmup:
        chosen["warmup"] = {"duration": balancing.warmup}
    return chosen


def _ejection(resilience: Resilience, pods: int) -> Mapping[str, Any]:
    """Without a share of its own a mesh would eject none of fewer than ten pods.

    Who prefers a zone needs it too: else nobody would leave a zone whose pods are broken.
    """
    breaker = resilience.circuit_breaker
    if breaker is None and resilience.load_balancing.locality != "Prefer":
        return {}
    share = 100 if pods <= A_FEW else max(LEAST_EJECTED, ceil(100 / pods))
    return {
        "consecutive5xxErrors": (breaker and breaker.consecutive_errors) or ERRORS,
        "interval": (breaker and breaker.interval) or INTERVAL,
        "baseEjectionTime": (breaker and breaker.eject_for) or EJECTED_FOR,
        "maxEjectionPercent": (breaker and breaker.max_ejected_percent) or share,
    }


def retries(said: Retries | None) -> Mapping[str, Any]:
    """What is tried again; without a word the mesh decides."""
    if said is None:
        return {}
    if not said.attempts:
        return {"attempts": 0}
    return {
        "attempts": said.attempts,
        "retryOn": ",".join(CAUSES[cause] for cause in said.when or SAFE),
        **_some(perTryTimeout=said.per_try_timeout),
    }


def _some(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value}
