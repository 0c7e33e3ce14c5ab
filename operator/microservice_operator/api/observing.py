"""What the platform's settings say of traces and access logs."""

from __future__ import annotations

from typing import Annotated

from microservice_operator.api.bounds import text
from microservice_operator.api.observability import Share
from microservice_operator.api.schema import Block

Provider = Annotated[
    str,
    text(
        "the name of one of the mesh's providers: letters, digits, '-', '_' and '.', "
        "at most 63 characters",
        longest=63,
        pattern="^[-_.A-Za-z0-9]+$",
    ),
]
Endpoint = Annotated[
    str,
    text(
        "an address that begins with http:// or https://, at most 512 characters",
        longest=512,
        pattern="^https?://[!-~]+$",
    ),
]


class TracingSettings(Block):
    """Who gets the traces, and how many."""

    provider: Provider | None = None
    """Who gets those of the mesh; absent means the mesh's own choice. Example: `otel`."""
    sampling_percent: Share | None = None
    """How many requests are traced where a spec does not say. Example: `"1"`."""
    endpoint: Endpoint | None = None
    """Who gets those of the applications, by OTLP: at port 4317 in gRPC, at any other in HTTP.
    Example: `http://collector.telemetry:4318`."""


class AccessLogSettings(Block):
    """Who gets the access logs."""

    provider: Provider = "envoy"
    """Absent means envoy: the standard output of the proxy. Example: `json`."""
