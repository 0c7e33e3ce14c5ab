"""How an app is observed: what is traced, logged and scraped, and what callers may rely on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from microservice_operator.api import observability as api
from microservice_operator.api.scalars import milliseconds
from microservice_operator.api.versions import STABLE
from microservice_operator.errors import KindMissing
from microservice_operator.model.observed import Objective, Observability, Tracing
from microservice_operator.model.written import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import App, Manifest, Port
    from microservice_operator.model.facts import Facts
    from microservice_operator.platform import Settings

NEEDY = ("observability.metrics", "observability.slo")
PATH = "/metrics"
ERRORS = "response.code >= 400"
GRPC_ERRORS = (
    "request.headers['content-type'].startsWith('application/grpc') && response.grpc_status != 0"
)
"""Its HTTP code is always 200; and who speaks plain HTTP has a status of gRPC made up for it."""


def observability(
    app: App, spec: Spec, settings: Settings, facts: Facts, said: Manifest
) -> Observability:
    """What there is to see of an app; `said` is what the user wrote.

    Who is asked is named by the platform. Nothing that only a mesh, or only a Prometheus operator,
    could make use of is made without one.
    """
    wanted = spec.observability or api.Observability()
    meshed = bool(app.mesh.host)
    blind = "" if facts.monitoring else asked(said, NEEDY)
    return Observability(
        tracing=_tracing(wanted.tracing, settings),
        telemetry=_telemetry(wanted, app.ports, settings) if meshed else {},
        scrape=_scrape(wanted.metrics, app.ports) if facts.monitoring else {},
        objectives=tuple(_objectives(wanted.slo)) if meshed and facts.monitoring else (),
        dashboard=meshed and wanted.dashboard == "Create" and app.track == STABLE,
        labels=settings.monitoring.labels if settings.monitoring else {},
        lacking=f"{blind} a Prometheus operator, and this cluster has none." if blind else "",
    )


def unread(app: App) -> KindMissing | None:
    """What to say while nobody can read the metrics that the spec speaks of."""
    return KindMissing(app.observability.lacking) if app.observability.lacking else None


def _percent(tracing: api.Tracing | None, settings: Settings) -> str | None:
    """How many requests are traced; absent leaves it to whoever traces."""
    return (tracing and tracing.sampling_percent) or settings.tracing.sampling_percent


def _tracing(tracing: api.Tracing | None, settings: Settings) -> Tracing | None:
    """What the application is told; without anybody's wish its pods stay as they are."""
    endpoint = settings.tracing.endpoint
    if tracing is None and endpoint is None:
        return None
    percent = _percent(tracing, settings)
    ratio = f"{(Decimal(percent) / 100).normalize():f}" if percent else ""
    return Tracing(endpoint or "", ratio)


def _telemetry(wanted: api.Observability, ports: tuple[Port, ...], settings: Settings) -> Manifest:
    """What the mesh is told; what nobody speaks of stays as the mesh has it."""
    said: dict[str, Any] = {}
    if traced := _traced(wanted.tracing, settings):
        said["tracing"] = [traced]
    if wanted.access_log:
        provider = settings.access_log.provider
        said["accessLogging"] = [_logged(wanted.access_log, provider, _errors(ports))]
    return said


def _traced(tracing: api.Tracing | None, settings: Settings) -> Manifest:
    said: dict[str, Any] = {}
    if settings.tracing.provider:
        said["providers"] = [{"name": settings.tracing.provider}]
    if percent := _percent(tracing, settings):
        share = float(percent)
        said["randomSamplingPercentage"] = int(share) if share.is_integer() else share
    if tracing and tracing.tags:
        said["customTags"] = {tag.name: _tag(tag) for tag in tracing.tags}
    return said


def _tag(tag: api.Tag) -> Manifest:
    return {"header": {"name": tag.header}} if tag.header else {"literal": {"value": tag.value}}


def _errors(ports: tuple[Port, ...]) -> str:
    spoken = any(port.protocol == "GRPC" for port in ports)
    return f"{ERRORS} || {GRPC_ERRORS}" if spoken else ERRORS


def _logged(which: str, provider: str, errors: str) -> Manifest:
    said: dict[str, Any] = {"providers": [{"name": provider}]}
    match which:
        case "Errors":
            return said | {"filter": {"expression": errors}}
        case "None":
            return said | {"disabled": True}
        case _:
            return said


def _scrape(metrics: api.Metrics | None, ports: tuple[Port, ...]) -> Manifest:
    """The port is called as in the Service, through which the pods are found."""
    if metrics is None:
        return {}
    [port, *_] = [
        port.name
        for port in ports
        if (port.speaks_http if metrics.port is None else metrics.port in {port.name, port.port})
    ]
    interval = {"interval": metrics.interval} if metrics.interval else {}
    return {"port": port, "path": metrics.path or PATH, **interval}


def _objectives(slo: api.Slo | None) -> Iterator[Objective]:
    if slo and slo.availability:
        yield Objective(slo.availability)
    if slo and slo.latency:
        yield Objective(slo.latency.percent, milliseconds(slo.latency.under))
