"""The schema of the status; the operator itself writes it as plain values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from microservice_operator.api.bounds import Items, text, whole
from microservice_operator.api.scalars import QUALIFIED
from microservice_operator.api.schema import Block

ConditionType = Annotated[
    str, text("the name of a condition", longest=316, pattern=f"^{QUALIFIED}$")
]
ReasonWord = Annotated[
    str,
    text(
        "a CamelCase word of at most 1024 characters",
        longest=1024,
        pattern="^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    ),
]
Message = Annotated[str, text("a string of at most 32768 characters", longest=32768, shortest=0)]
Moment = Annotated[
    str, text("a time", longest=40), Field(json_schema_extra={"format": "date-time"})
]
Line = Annotated[str, text("a string of at most 1024 characters", longest=1024, shortest=0)]
Count = Annotated[int, whole(0, 2**31 - 1)]
MOST_CHANGES, MOST_FIELDS, MOST_ENDPOINTS = 50, 20, 32
FieldPath = Annotated[str, text("a path of at most 512 characters", longest=512)]
Generation = Annotated[int, whole(-1, 2**53)]


class Condition(Block):
    """One answer to one question about the microservice."""

    type: ConditionType
    """What is asked. Example: `Ready`."""
    status: Literal["True", "False", "Unknown"]
    """The answer. Example: `True`."""
    reason: ReasonWord
    """The answer in one word, for programs. Example: `Progressing`."""
    message: Message
    """The answer in one sentence, for people. Example: `2 of 3 pods are ready`."""
    last_transition_time: Moment
    """When `status` last changed. Example: `"2026-11-05T10:00:00Z"`."""
    observed_generation: Generation | None = None
    """Generation of the spec that the answer is about. Example: `4`."""


WAITING = Condition(
    type="Ready",
    status="Unknown",
    reason="Waiting",
    message="Waiting for the operator",
    lastTransitionTime="1970-01-01T00:00:00Z",
)
"""What is true of an object that no operator has seen, so that waiting for it is right."""


class PlannedChange(Block):
    """One child that would change."""

    action: Literal["Create", "Update", "Delete"]
    """What would be done to it. Example: `Update`."""
    kind: Line
    """Kind of the child. Example: `Deployment`."""
    name: Line
    """Name of the child. Example: `orders`."""
    fields: Annotated[tuple[FieldPath, ...], Items(MOST_FIELDS)] = ()
    """What would change in it: where, never what. Example: `[spec.replicas]`."""
    more: Count | None = None
    """How many fields would change beside those named. Example: `3`."""


class Plan(Block):
    """What would be done if `mode` were Apply."""

    generation: Generation
    """Generation of the spec that the plan is about. Example: `4`."""
    hash: Line
    """The same for plans that would do the same. Example: `1f6bd7c7d2c5a3d8`."""
    changes: Annotated[tuple[PlannedChange, ...], Items(MOST_CHANGES)] = ()
    """The children that would change, in order. Example: `[{action: Delete, ...}]`."""
    more: Count | None = None
    """How many children would change beside those named. Example: `2`."""


class PlannedWindow(Block):
    """A window of time in which more pods are wanted."""

    name: Line
    """Name of its schedule. Example: `lunch`."""
    start: Moment
    """When it begins. Example: `"2026-11-05T10:30:00Z"`."""
    end: Moment
    """When it ends. Example: `"2026-11-05T12:30:00Z"`."""


class Planned(Block):
    """Where `scaling.schedules` stand."""

    active: Annotated[tuple[Line, ...], Items(20)] = ()
    """Names of the schedules that are in force. Example: `[lunch]`."""
    next: PlannedWindow | None = None
    """The window that opens next, `leadTime` before its start. Example: `{name: lunch}`."""


class Endpoint(Block):
    """Where the microservice answers from outside."""

    gateway: Line
    """The gateway, as the platform calls it. Example: `public`."""
    url: Line
    """Where it answers. Example: `https://api.shop.example`."""


class Status(Block):
    """What the operator found and did."""

    observed_generation: Generation = -1
    """Generation of the spec that the status is about; -1 is none yet. Example: `4`."""
    conditions: Annotated[tuple[Condition, ...], Items(16, key="type")] = (WAITING,)
    """What is true right now, by type. Example: `kubectl wait --for=condition=Ready`."""
    replicas: Count | None = None
    """How many pods are wanted. Example: `3`."""
    ready_replicas: Count | None = None
    """How many pods are ready. Example: `2`."""
    selector: Line | None = None
    """Labels that select the pods, for autoscalers. Example: `app.kubernetes.io/name=orders`."""
    pods: Line | None = None
    """Ready pods of wanted pods. Example: `2/3`."""
    version: Line | None = None
    """Version that runs. Example: `v1`."""
    traffic: Line | None = None
    """Who gets how many percent of the requests, where versions share them.
    Example: `v1 90, v2 10`."""
    plan: Plan | None = None
    """What would be done; only in mode Plan. Example: `{generation: 4, hash: 1f6b, ...}`."""
    endpoints: Annotated[tuple[Endpoint, ...], Items(MOST_ENDPOINTS)] = ()
    """Where it answers from outside. Example: `[{gateway: public, url: https://a.example}]`."""
    schedule: Planned | None = None
    """Which windows of `scaling.schedules` are open, and what comes next.
    Example: `{active: [lunch]}`."""
