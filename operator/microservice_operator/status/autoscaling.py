"""Does the autoscaler decide how many pods run? It may fail to while all is well otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from microservice_operator.status.conditions import Condition
from microservice_operator.status.reasons import Reason


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """What the autoscaler is told, and what it says of itself.

    `blind` is its word for why it does not decide; `ignored` that `replicas` stands beside it.
    """

    name: str
    fewest: int
    most: int
    ignored: bool
    exists: bool
    blind: str

    @property
    def decides(self) -> bool:
        """Whether it is there and at work."""
        return self.exists and not self.blind


def autoscaled(autoscaler: Autoscaler) -> Condition:
    """Does the autoscaler decide? Its own messages hold numbers that would change all the time."""
    who = f"HorizontalPodAutoscaler/{autoscaler.name}"
    note = " `replicas` is ignored beside `scaling`." if autoscaler.ignored else ""
    if not autoscaler.exists:
        nothing = f"{who} has not been made yet."
        return Condition("Autoscaled", "False", Reason.AUTOSCALER_MISSING, nothing)
    if autoscaler.blind == Reason.SCALING_DISABLED:  # by somebody who has scaled to zero
        message = (
            f"{who} is off while the Deployment has 0 replicas; scale it to 1 or more, and it "
            f"decides again.{note}"
        )
        return Condition("Autoscaled", "False", Reason.SCALING_DISABLED, message)
    if autoscaler.blind:
        message = (
            f"{who} gets no metrics ({autoscaler.blind}) and leaves the number of pods as it is; "
            f"`kubectl describe hpa {autoscaler.name}` says more. Check that the metrics API "
            f"serves what `scaling` goes by.{note}"
        )
        return Condition("Autoscaled", "False", Reason.METRICS_MISSING, message)
    message = f"{who} keeps between {autoscaler.fewest} and {autoscaler.most} pods.{note}"
    return Condition("Autoscaled", "True", Reason.AUTOSCALING, message)
