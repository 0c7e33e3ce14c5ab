"""How people see what a microservice does: metrics, traces, logs, objectives and a dashboard."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.durations import within
from microservice_operator.api.resilience import Token
from microservice_operator.api.scalars import Duration, PortReference
from microservice_operator.api.schema import Block, Choice

Share = Annotated[
    str,
    text(
        "a percentage from '0' to '100' in quotes, with at most 2 decimal places",
        longest=6,
        pattern=r"^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?)$",
    ),
]
# Of less than this not even everything that fails would be 14.4 times as much as may fail.
Objective = Annotated[
    str,
    text(
        "a percentage from '95' to '99.999' in quotes, with at most 3 decimal places",
        longest=6,
        pattern=r"^9[5-9](\.[0-9]{1,3})?$",
    ),
]
Under = Literal["10ms", "25ms", "50ms", "100ms", "250ms", "500ms", "1s", "2500ms", "5s", "10s"]
HttpPath = Annotated[
    str,
    text(
        "a path that begins with '/', printable ASCII without spaces, at most 256 characters",
        longest=256,
        pattern="^/[!-~]*$",
    ),
]
TagName = Annotated[
    str,
    text(
        "the name of a tag: letters, digits, '-', '_' and '.', at most 64 characters",
        longest=64,
        pattern="^[-_.A-Za-z0-9]+$",
    ),
]
TagValue = Annotated[str, text("a string of at most 128 characters", longest=128)]


class Metrics(Block):
    """Where the application tells its own metrics."""

    port: PortReference | None = None
    """Name or number of one of `ports`; absent means the first that speaks HTTP.
    Example: `metrics`."""
    path: HttpPath | None = None
    """Where on that port; absent means /metrics. Example: `/actuator/prometheus`."""
    interval: Duration | None = None
    """How often they are read; absent leaves it to Prometheus. Example: `15s`."""

    rules: ClassVar = (within("interval", "1s", "1h"),)


class Tag(Block):
    """What a tag of a trace tells."""

    name: TagName
    """Name of the tag, unique in the list. Example: `customer`."""
    value: TagValue | None = None
    """Always the same. Example: `backend`."""
    header: Token | None = None
    """The value of a header of the request. Example: `x-tenant`."""

    choices: ClassVar = (Choice(("value",), ("header",), required=True),)


class Tracing(Block):
    """Which requests are traced, and what is told of them."""

    sampling_percent: Share | None = None
    """How many of the requests that nobody traces yet; absent means what the platform says.
    Example: `"12.5"`."""
    tags: Annotated[tuple[Tag, ...], Items(8, key="name")] = ()
    """What the mesh adds to every trace. Example: `[{name: tenant, header: x-tenant}]`."""


class Latency(Block):
    """How many requests are answered fast enough."""

    percent: Objective
    """Of a hundred requests so many. Example: `"99"`."""
    under: Under
    """How long these take at most. Example: `250ms`."""


class Slo(Block):
    """What callers may rely on, measured over 30 days; alerts tell when it is in danger."""

    availability: Objective | None = None
    """Of a hundred requests so many are answered without an error of ours. Example: `"99.9"`."""
    latency: Latency | None = None
    """And so many in time. Example: `{percent: "99", under: 250ms}`."""


class Observability(Block):
    """How people see what the microservice does."""

    metrics: Metrics | None = None
    """Metrics of the application, which a Prometheus operator has read. Example: `{port: http}`."""
    tracing: Tracing | None = None
    """Traces, of the mesh and of the application. Example: `{samplingPercent: "10"}`."""
    access_log: Literal["All", "Errors", "None"] | None = None
    """Which requests the mesh logs; absent leaves it to the mesh. Example: `Errors`."""
    slo: Slo | None = None
    """Objectives, with alerts from the metrics of the mesh. Example: `{availability: "99.9"}`."""
    dashboard: Literal["Create", "None"] | None = None
    """Whether there is a dashboard for Grafana; absent means None. Example: `Create`."""
