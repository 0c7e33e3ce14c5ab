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
