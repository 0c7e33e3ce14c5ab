"""How the platform learns that a pod is healthy, and how a pod ends."""

from __future__ import annotations

from typing import ClassVar

from microservice_operator.api.probes import HttpPath, Probe
from microservice_operator.api.scalars import DURATION, Duration, milliseconds
from microservice_operator.api.schema import Block, Choice, Rule

DRAIN = "15s"
GRACE = "45s"


def _whole_seconds(field: str, least: str, most: str) -> Rule:
    def check(shutdown: Shutdown) -> bool:
        duration = getattr(shutdown, field)
        return duration is None or (
            milliseconds(least) <= milliseconds(duration) <= milliseconds(most)
            and milliseconds(duration) % 1000 == 0
        )

    return Rule(
        field_path=f".{field}",
        message=f"must be whole seconds from {least} to {most}",
        cel=f"!has(self.{field}) || !self.{field}.matches('{DURATION}') || "
        f"(duration(self.{field}) >= duration('{least}') && "
        f"duration(self.{field}) <= duration('{most}') && "
        f"duration(self.{field}).getMilliseconds() % 1000 == 0)",
        check=check,
    )


def _one_success(field: str) -> Rule:
    return Rule(
        field_path=f".{field}.successThreshold",
        message=f"must be 1 in `{field}`",
        cel=f"self.?{field}.?successThreshold.orValue(1) == 1",
        check=lambda health: (
            not (probe := getattr(health, field)) or probe.success_threshold in {None, 1}
        ),
    )


class Shutdown(Block):
    """How much time a pod gets to end."""

    drain: Duration | None = None
    """How long a pod still serves while callers learn that it leaves. Example: `15s`."""
    grace: Duration | None = None
    """How long a pod may take to end, draining included, before it is killed. Example: `45s`."""

    rules: ClassVar = (
        _whole_seconds("drain", "0s", "10m"),
        _whole_seconds("grace", "1s", "1h"),
        Rule(
            field_path=".drain",
            message=f"must be shorter than `grace`; absent, they are {DRAIN} and {GRACE}",
            cel=f"[self.?drain.orValue('{DRAIN}'), self.?grace.orValue('{GRACE}')]"
            f".exists(given, !given.matches('{DURATION}')) || "
            f"duration(self.?drain.orValue('{DRAIN}')) < "
            f"duration(self.?grace.orValue('{GRACE}'))",
            check=lambda shutdown: (
                milliseconds(shutdown.drain or DRAIN) < milliseconds(shutdown.grace or GRACE)
            ),
        ),
    )


class Health(Block):
    """How the platform learns that a pod is healthy, and how a pod ends."""

    path: HttpPath | None = None
    """Path that answers when the pod is well; sets all three probes. Example: `/healthz`."""
    readiness: Probe | None = None
    """Whether the pod gets traffic; absent without `path`, the first port must accept connections.
    Example: `{httpGet: {path: /ready, port: http}}`."""
    liveness: Probe | None = None
    """Whether the container is restarted. Example: `{tcpSocket: {port: http}}`."""
    startup: Probe | None = None
    """When the other two begin. Example: `{exec: {command: [cat, /tmp/ready]}}`."""
    shutdown: Shutdown = Shutdown()
    """How much time a pod gets to end. Example: `{drain: 15s, grace: 45s}`."""

    choices: ClassVar = (Choice(("path",), ("readiness", "liveness", "startup")),)
    rules: ClassVar = (_one_success("liveness"), _one_success("startup"))
