"""Rules between the blocks of the spec: what one of them names, another must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.api.schema import Rule

if TYPE_CHECKING:
    from microservice_operator.api.routes import Route
    from microservice_operator.api.spec import Spec

VERSION = "v1"
EVERYBODY = 100


def known_mounts(containers: str) -> Rule:
    """Return the rule that the containers of this list mount folders that the spec has."""

    def check(spec: Spec) -> bool:
        known = {mount.name for mount in spec.mounts}
        return all(
            mount.name in known
            for container in getattr(spec, containers)
            for mount in container.mounts
        )

    return Rule(
        field_path=f".{containers}",
        message="must mount nothing but what the spec's `mounts` name",
        cel=f"!has(self.{containers}) || self.{containers}.all(container, "
        "!has(container.mounts) || container.mounts.all(mount, "
        "has(self.mounts) && self.mounts.exists(known, known.name == mount.name)))",
        check=check,
    )


def _ports_of_callers(spec: Spec) -> bool:
    ports = {"http", 80}
    if spec.ports is not None:
        ports = {known for port in spec.ports for known in (port.name, port.port)}
    return all(asked in ports for caller in spec.allow_from or () for asked in caller.ports or ())


ONE_NAME_EACH = Rule(
    field_path=".sidecars",
    message="must not be called as one of `init`",
    cel="!has(self.init) || !has(self.sidecars) || "
    "self.sidecars.all(sidecar, !self.init.exists(step, step.name == sidecar.name))",
    check=lambda spec: (
        not ({step.name for step in spec.init} & {sidecar.name for sidecar in spec.sidecars})
    ),
)
KNOWN_PORTS = Rule(
    field_path=".allowFrom",
    message="must open names or numbers of `ports`; without `ports` those are 'http' and 80",
    cel="!has(self.allowFrom) || self.allowFrom.all(caller, !has(caller.ports) || "
    "caller.ports.all(asked, has(self.ports) "
    "? self.ports.exists(known, asked == known.name || asked == known.port) "
    ": asked == 'http' || asked == 80))",
    check=_ports_of_callers,
)


def _limits_requests(spec: Spec) -> bool:
    speechless = {(p.name, p.port) for p in spec.ports or () if p.protocol in {"TCP", "TLS"}}
    return not any(
        caller.ports is None or {name, port} & {*caller.ports}
        for caller in spec.allow_from or ()
        if caller.methods is not None or caller.paths is not None
        for name, port in speechless
    )


LIMITED = Rule(
    field_path=".allowFrom",
    message="must name in `ports` none that speaks TCP or TLS where it has `methods` or `paths`: "
    "there are none in a stream of bytes",
    cel="!has(self.allowFrom) || !has(self.ports) || self.allowFrom.all(caller, "
    "!(has(caller.methods) || has(caller.paths)) || self.ports.all(known, "
    "!(known.?protocol.orValue('HTTP') in ['TCP', 'TLS']) || (has(caller.ports) && "
    "!caller.ports.exists(asked, asked == known.name || asked == known.port))))",
    check=_limits_requests,
)
CALLABLE = Rule(
    field_path=".resilience",
    message="must be absent when `ports` is `[]`: nobody calls a worker",
    cel="!has(self.resilience) || !has(self.ports) || self.ports.size() > 0",
    check=lambda spec: spec.resilience is None or spec.ports != (),
    reason="FieldValueForbidden",
)


def _speaks_http(spec: Spec) -> bool:
    return spec.ports is None or any(port.protocol not in {"TCP", "TLS"} for port in spec.ports)


def _is_askable(spec: Spec) -> bool:
    said = spec.resilience
    if said is None or (said.timeout, said.retries, said.rate_limit) == (None, None, None):
        return True
    return _speaks_http(spec)


def _is_scrapable(spec: Spec) -> bool:
    if spec.observability is None or spec.observability.metrics is None:
        return True
    asked = spec.observability.metrics.port
    if spec.ports is None:
        return asked in {None, "http", 80}
    if asked is None:
        return any(port.protocol not in {"TCP", "TLS"} for port in spec.ports)
    return any(asked in {port.name, port.port} for port in spec.ports)


_SOME_HTTP = "self.ports.exists(port, !(port.?protocol.orValue('HTTP') in ['TCP', 'TLS']))"
ASKABLE = Rule(
    field_path=".resilience",
    message="must have no `timeout`, `retries` and `rateLimit` when no port speaks HTTP, HTTP2 "
    "or GRPC",
    cel="!has(self.ports) || !(self.?resilience.?timeout.hasValue() || "
    "self.?resilience.?retries.hasValue() || self.?resilience.?rateLimit.hasValue()) || "
    f"{_SOME_HTTP}",
    check=_is_askable,
    reason="FieldValueForbidden",
)
SHAREABLE = Rule(
    field_path=".versions",
    message="must have no `weight` and no `match` when no port speaks HTTP, HTTP2 or GRPC",
    cel="!has(self.ports) || !has(self.versions) || "
    "!self.versions.exists(one, one.?weight.orValue(0) > 0 || "
    "(has(one.match) && one.match.size() > 0)) || "
    "self.ports.exists(port, !(port.?protocol.orValue('HTTP') in ['TCP', 'TLS']))",
    check=lambda spec: _speaks_http(spec) or not any(each.asks for each in spec.versions),
    reason="FieldValueForbidden",
)
AT_MOST_ALL = Rule(
    field_path=".versions",
    message="must have a `weight` of at most 100 together",
    cel="!has(self.versions) || self.versions.map(one, one.?weight.orValue(0)).sum() <= 100",
    check=lambda spec: sum(each.weight or 0 for each in spec.versions) <= EVERYBODY,
)
OTHER_NAMES = Rule(
    field_path=".versions",
    message=f"must not have the name of the spec's own `version`, which is '{VERSION}' when absent",
    cel="!has(self.versions) || "
    f"!self.versions.exists(one, one.name == self.?version.orValue('{VERSION}'))",
    check=lambda spec: (spec.version or VERSION) not in {each.name for each in spec.versions},
)


def _ports_of_routes(spec: Spec) -> bool:
    known: set[int | str] = {"http", 80}
    if spec.ports is not None:
        speaking = [port for port in spec.ports if port.protocol not in {"TCP", "TLS"}]
        known = {name for port in speaking for name in (port.name, port.port)}
    routes = [route for exposure in spec.exposure for route in exposure.routes]
    return all(route.to.port is None or route.to.port in known for route in routes)


EXPOSABLE = Rule(
    field_path=".exposure",
    message="must be absent when no port speaks HTTP, HTTP2 or GRPC",
    cel="!has(self.exposure) || self.exposure.size() == 0 || !has(self.ports) || "
    "self.ports.exists(port, !(port.?protocol.orValue('HTTP') in ['TCP', 'TLS']))",
    check=lambda spec: not spec.exposure or _speaks_http(spec),
    reason="FieldValueForbidden",
)
KNOWN_TARGETS = Rule(
    field_path=".exposure",
    message="must have routes to names or numbers of `ports` that speak HTTP, HTTP2 or GRPC; "
    "without `ports` those are 'http' and 80",
    cel="!has(self.exposure) || self.exposure.all(one, !has(one.routes) || "
    "one.routes.all(route, !route.?to.?port.hasValue() || (has(self.ports) "
    "? self.ports.exists(known, (route.to.port == known.name || route.to.port == known.port) && "
    "!(known.?protocol.orValue('HTTP') in ['TCP', 'TLS'])) "
    ": route.to.port == 'http' || route.to.port == 80)))",
    check=_ports_of_routes,
)


def _versions_of_routes(spec: Spec) -> bool:
    known = {spec.version or VERSION, *(each.name for each in spec.versions)}
    routes = [route for exposure in spec.exposure for route in exposure.routes]
    asked = {version for route in routes for version in (route.to.version, _mirrored(route))}
    return asked <= {None, *known}


def _mirrored(route: Route) -> str | None:
    return route.mirror.version if route.mirror else None


def _version_is_known(asked: str) -> str:
    """What is asked for stands on the left of each comparison: the server knows how long it is."""
    return (
        f"{asked} == self.?version.orValue('{VERSION}') || (has(self.versions) && "
        f"self.versions.exists(known, {asked} == known.name))"
    )


KNOWN_VERSIONS = Rule(
    field_path=".exposure",
    message="must have routes and mirrors to the spec's `version`, which is "
    f"'{VERSION}' when absent, or to one of `versions`",
    cel="!has(self.exposure) || self.exposure.all(one, !has(one.routes) || one.routes.all(route, "
    f"(!has(route.to) || !has(route.to.version) || {_version_is_known('route.to.version')}) && "
    f"(!has(route.mirror) || {_version_is_known('route.mirror.version')})))",
    check=_versions_of_routes,
)
MEASURABLE = Rule(
    field_path=".observability",
    message="must have no `slo` and no `dashboard: Create` when no port speaks HTTP, HTTP2 or GRPC",
    cel="!has(self.ports) || !(self.?observability.?slo.hasValue() || "
    f"self.?observability.?dashboard.orValue('None') == 'Create') || {_SOME_HTTP}",
    check=lambda spec: (
        spec.observability is None
        or (spec.observability.slo is None and spec.observability.dashboard != "Create")
        or _speaks_http(spec)
    ),
    reason="FieldValueForbidden",
)
SCRAPABLE = Rule(
    field_path=".observability.metrics",
    message="must name one of `ports`, or have one that speaks HTTP; without `ports` those are "
    "'http' and 80",
    cel="!self.?observability.?metrics.hasValue() || (has(self.ports) ? self.ports.exists(known, "
    "self.observability.metrics.?port.hasValue() "
    "? self.observability.metrics.port == known.name || "
    "self.observability.metrics.port == known.port "
    ": !(known.?protocol.orValue('HTTP') in ['TCP', 'TLS'])) "
    ": !self.observability.metrics.?port.hasValue() || "
    "self.observability.metrics.port == 'http' || self.observability.metrics.port == 80)",
    check=_is_scrapable,
)
