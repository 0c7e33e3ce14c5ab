"""What callers of a microservice do when it is slow, overloaded or broken; the mesh does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Items, text, whole
from microservice_operator.api.durations import within
from microservice_operator.api.scalars import DURATION, Duration, milliseconds
from microservice_operator.api.schema import Block, Choice, Rule

if TYPE_CHECKING:
    from microservice_operator.api.routes import Route

COUNT = 2**31 - 1
SHORTEST, LONGEST = "1ms", "1h"
Token = Annotated[
    str,
    text(
        "the name of a header, cookie or parameter: letters, digits, '-', '_' and '.', "
        "at most 128 characters",
        longest=128,
        pattern="^[-_.A-Za-z0-9]+$",
    ),
]
Cause = Literal[
    "ConnectFailure",
    "RefusedStream",
    "ResetBeforeRequest",
    "Reset",
    "GatewayError",
    "ServerError",
    "Conflict",
    "Cancelled",
    "DeadlineExceeded",
    "Internal",
    "ResourceExhausted",
    "Unavailable",
]


class Retries(Block):
    """What is asked a second time."""

    attempts: Annotated[int, whole(0, 10)]
    """How often at most a request is repeated; 0 for never. Example: `2`."""
    per_try_timeout: Duration | None = None
    """How long one try may take. Example: `500ms`."""
    when: Annotated[tuple[Cause, ...], Items(12, least=1)] | None = None
    """What is tried again; absent means what has hardly been carried out: ConnectFailure,
    RefusedStream, ResetBeforeRequest and Unavailable. ServerError is any 5xx, GatewayError 502 to
    504, Conflict 409; the last five are answers of gRPC.
    Example: `[ConnectFailure, GatewayError]`."""

    rules: ClassVar = (
        within("per_try_timeout", SHORTEST, LONGEST),
        Rule(
            field_path=".attempts",
            message="must be at least 1 beside `perTryTimeout` or `when`",
            cel="self.attempts > 0 || !(has(self.perTryTimeout) || has(self.when))",
            check=lambda retries: (
                retries.attempts > 0 or (retries.per_try_timeout is None and retries.when is None)
            ),
        ),
    )


class CircuitBreaker(Block):
    """When a pod that fails is left alone for a while."""

    consecutive_errors: Annotated[int, whole(1, 1000)] | None = None
    """So many answers of 5xx, or failures to connect, in a row; absent means 5. Example: `3`."""
    interval: Duration | None = None
    """How often is looked; absent means 10s. Example: `1s`."""
    eject_for: Duration | None = None
    """How long a pod is left alone, times the number of times that it was; absent means 30s. Then
    it gets its full share again. Example: `10s`."""
    max_ejected_percent: Annotated[int, whole(1, 100)] | None = None
    """How many of the pods may be left alone at once; absent means all of two, and of more at least
    one. Example: `50`."""

    rules: ClassVar = (
        within("interval", SHORTEST, LONGEST),
        within("eject_for", SHORTEST, LONGEST),
    )


class Limits(Block):
    """How much each caller may ask of the service at a time; what is too much fails at once."""

    connections: Annotated[int, whole(1, COUNT)] | None = None
    """Connections. Example: `100`."""
    pending_requests: Annotated[int, whole(1, COUNT)] | None = None
    """Requests that wait for a connection. Example: `50`."""
    requests: Annotated[int, whole(1, COUNT)] | None = None
    """Requests under way. Example: `200`."""
    requests_per_connection: Annotated[int, whole(1, COUNT)] | None = None
    """Requests after which a connection is closed. Example: `1000`."""
    retries: Annotated[int, whole(1, COUNT)] | None = None
    """Requests under way that are repetitions. Example: `10`."""
    connect_timeout: Duration | None = None
    """How long it may take to connect; absent means 10s. Example: `1s`."""

    rules: ClassVar = (within("connect_timeout", SHORTEST, LONGEST),)


class Hash(Block):
    """What leads requests that have it in common to the same pod."""

    header: Token | None = None
    """The value of a header. Example: `x-user`."""
    cookie: Token | None = None
    """The value of a cookie, which is set when it is not there. Example: `basket`."""
    query: Token | None = None
    """The value of a parameter of the query. Example: `user`."""
    source: Literal["IP"] | None = None
    """The address of the caller. Example: `IP`."""

    choices: ClassVar = (Choice(("header",), ("cookie",), ("query",), ("source",), required=True),)


class LoadBalancing(Block):
    """Which pod gets the next request."""

    policy: Literal["LeastRequest", "RoundRobin", "Random"] | None = None
    """How it is chosen; absent means LeastRequest. Example: `RoundRobin`."""
    hash: Hash | None = None
    """Always the same for the same caller. Example: `{header: x-user}`."""
    warmup: Duration | None = None
    """How long a new pod gets less than its share. Example: `1m`."""
    locality: Literal["Any", "Prefer"] | None = None
    """Whether pods in the caller's zone come first, as long as they are well; absent means Any.
    Example: `Prefer`."""

    choices: ClassVar = (Choice(("policy",), ("hash",)),)
    rules: ClassVar = (
        within("warmup", "1s", LONGEST),
        Rule(
            field_path=".warmup",
            message="must be absent beside `hash` and the policy 'Random'",
            cel="!has(self.warmup) || !(has(self.hash) || self.?policy.orValue('') == 'Random')",
            check=lambda balancing: (
                balancing.warmup is None
                or (balancing.hash is None and balancing.policy != "Random")
            ),
            reason="FieldValueForbidden",
        ),
    )


class RateLimit(Block):
    """How many requests are let in; the others are answered 429, and when to come again."""

    requests: Annotated[int, whole(1, 10**6)]
    """So many in the time that `per` names. Example: `100`."""
    per: Literal["Second", "Minute", "Hour"]
    """In which time. Example: `Second`."""
    burst: Annotated[int, whole(1, 10**6)] | None = None
    """So many at once after a pause; absent means `requests`. Example: `200`."""
    scope: Literal["Pod", "Service"] | None = None
    """Whether that is for each pod, or shared out evenly among all pods that there may be, those
    of other versions included; absent means Pod. Example: `Service`."""


def _in_time(block: Resilience | Route) -> bool:
    """Whether all tries fit into the time."""
    retries, timeout = block.retries, block.timeout
    if retries is None or retries.per_try_timeout is None or timeout is None:
        return True
    return milliseconds(timeout) >= (retries.attempts + 1) * milliseconds(retries.per_try_timeout)


IN_TIME = Rule(
    field_path=".timeout",
    message="must leave time for all tries: at least (`attempts` + 1) x `perTryTimeout`",
    cel="!has(self.timeout) || !self.?retries.?perTryTimeout.hasValue() || "
    "[self.timeout, self.retries.perTryTimeout].exists(given, "
    f"!given.matches('{DURATION}')) || "
    "duration(self.timeout).getMilliseconds() >= (self.retries.attempts + 1) * "
    "duration(self.retries.perTryTimeout).getMilliseconds()",
    check=_in_time,
)


class Resilience(Block):
    """What callers do when the service is slow, overloaded or broken."""

    timeout: Duration | None = None
    """How long an answer may take, all tries together. Example: `3s`."""
    retries: Retries | None = None
    """What is tried again; absent leaves it to the mesh, which tries twice what has hardly been
    carried out. Example: `{attempts: 2, perTryTimeout: 1s}`."""
    circuit_breaker: CircuitBreaker | None = None
    """When a pod that fails is left alone. Example: `{consecutiveErrors: 3, ejectFor: 10s}`."""
    limits: Limits = Limits()
    """How much may be asked at a time. Example: `{connections: 100, pendingRequests: 50}`."""
    load_balancing: LoadBalancing = LoadBalancing()
    """Which pod gets the next request. Example: `{policy: RoundRobin}`."""
    rate_limit: RateLimit | None = None
    """How much is let in, whoever asks. Example: `{requests: 100, per: Second}`."""

    rules: ClassVar = (
        within("timeout", SHORTEST, LONGEST),
        IN_TIME,
    )
