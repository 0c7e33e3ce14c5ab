"""What the application is told of traces: the variables that every OpenTelemetry SDK reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest

POD = "K8S_POD_NAME"
# The mesh speaks these, and every SDK has them without a further package.
PROPAGATORS = "tracecontext,baggage"


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
        "OTEL_EXPORTER_OTLP_ENDPOINT": tracing.endpoint,
        "OTEL_PROPAGATORS": PROPAGATORS,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio" if tracing.ratio else "",
        "OTEL_TRACES_SAMPLER_ARG": tracing.ratio,
    }
    said = {*app.config.data, *(variable["name"] for variable in app.env)}
    pod: Manifest = {"name": POD, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    plain: list[Manifest] = [{"name": name, "value": told[name]} for name in told if told[name]]
    return [each for each in (pod, *plain) if each["name"] not in said]
