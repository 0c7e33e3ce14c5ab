"""What the application is told of traces: the variables that every OpenTelemetry SDK reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest

POD = "K8S_POD_NAME"
# The mesh speaks these, and every SDK has them without a further package.
PROPAGATORS = "tracecontext,baggage"
ENDPOINT, PROTOCOL = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"
GRPC = ":4317"
"""The port that is gRPC's by convention."""


def variables(app: App) -> list[Manifest]:
    """Who it is, to whom it tells, and how many; what the user says himself stays his."""
    tracing = app.observability.tracing
    if tracing is None:
        return []
    attributes = {
        "service.namespace": app.namespace,
        "service.version": app.version,
        "k8s.namespace.name": app.namespace,
        "k8s.pod.name": f"$({POD})",
    }
    told = {
        "OTEL_SERVICE_NAME": app.name,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{key}={attributes[key]}" for key in attributes),
        ENDPOINT: tracing.endpoint,
        PROTOCOL: _protocol(tracing.endpoint),
        "OTEL_PROPAGATORS": PROPAGATORS,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio" if tracing.ratio else "",
        "OTEL_TRACES_SAMPLER_ARG": tracing.ratio,
    }
    said = {*app.config.data, *(variable["name"] for variable in app.env)}
    said |= {PROTOCOL} if ENDPOINT in said else set()
    pod: Manifest = {"name": POD, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    plain: list[Manifest] = [{"name": name, "value": told[name]} for name in told if told[name]]
    return [each for each in (pod, *plain) if each["name"] not in said]


def _protocol(endpoint: str) -> str:
    """What is spoken there: by default every language's SDK has another opinion."""
    _, _, place = endpoint.partition("://")
    host, _, _ = place.partition("/")
    return host and ("grpc" if host.endswith(GRPC) else "http/protobuf")
