"""Tells of what a pass did: one log line, one Event and one count per change."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from microservice_operator.cluster.events import Happening, Subject
from microservice_operator.model.kinds import CONFIG_MAP, MICROSERVICE
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microservice_operator.cluster.events import Recorder
    from microservice_operator.plan import Difference, Step

log = logging.getLogger(__name__)

FIELDS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The changes of one pass over one Microservice.

    `settled` says that everything was as desired before this process began, at the same
    generation: what is missing in its first pass was taken away by somebody.
    """

    recorder: Recorder
    namespace: str
    name: str
    uid: str
    settled: bool

    def created(self, step: Step) -> None:
        """A child was created; again, if it was there before."""
        self._log("child created", step)
        # a ConfigMap may be new by its name: another environment was set while we were away
        if step.drift or (self.settled and step.key.kind != CONFIG_MAP.name):
            self._repaired(step, "somebody")
            self.tell("Normal", "DriftRepaired", "Create", f"Created {step.key} again.")

    def adopted(self, step: Step, *, offered: bool) -> None:
        """An object that was offered to us is a child now, or one of ours has its marks again."""
        self._log("child adopted", step)
        if offered:
            self.tell("Normal", "Adopted", "Apply", f"Took over {step.key}.")
            return
        self._repaired(step, "somebody")
        marks = f"Restored labels and owner of {step.key}, changed by somebody."
        self.tell("Normal", "DriftRepaired", "Apply", marks)

    def updated(self, step: Step) -> None:
        """A child was changed: to follow the spec, or to undo what somebody did to it."""
        self._log("child repaired" if step.drift else "child updated", step)
        if step.drift:
            self._repaired(step, _who(step))
            self.tell(
                "Normal",
                "DriftRepaired",
                "Apply",
                f"Restored {_fields(step.undone)} of {step.key}, changed by {_who(step)}.",
            )

    def deleted(self, step: Step) -> None:
        """A child was removed: it is no longer wanted, or it cannot be mended."""
        self._log("child deleted", step)
        if step.drift:
            self._repaired(step, _who(step))
            changed = f"{_fields(step.undone)} of {step.key}, changed by {_who(step)}"
            note = f"Removed what cannot be changed back: {changed}. It is made again."
            self.tell("Normal", "DriftRepaired", "Delete", note)

    def fight(self, step: Step) -> str:
        """What to say when a repair does not last."""
        if not step.differences:
            return f"Somebody keeps deleting {step.key}; find out who does, and stop it."
        return (
            f"{_who(step)} keeps changing {_fields(step.undone)} of {step.key}; let it leave "
            "the field alone, or say in the spec what it wants."
        )

    def tell(self, kind: Literal["Normal", "Warning"], reason: str, action: str, note: str) -> None:
        """Post an Event on the Microservice."""
        subject = Subject(
            MICROSERVICE.api_version, MICROSERVICE.name, self.name, self.namespace, self.uid
        )
        self.recorder.note(Happening(subject, kind, reason, action, note))

    def _repaired(self, step: Step, manager: str) -> None:
        metrics.drift_repaired(step.key.kind, manager)

    def _log(self, phrase: str, step: Step) -> None:
        extra = {"namespace": self.namespace, "microservice": self.name, "child": str(step.key)}
        if step.differences:
            extra["fields"] = _fields(step.differences)
        log.info(phrase, extra=extra)


def _who(step: Step) -> str:
    return step.by or "somebody"


def _fields(differences: Sequence[Difference]) -> str:
    """The first few fields, and how many more there are."""
    paths = list(dict.fromkeys(difference.path for difference in differences))
    named = ", ".join(paths[:FIELDS_NAMED])
    more = len(paths) - FIELDS_NAMED
    return f"{named} and {more} more" if more > 0 else named
