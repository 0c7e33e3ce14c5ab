"""What to say: from the outcome of a pass to conditions, columns and messages."""

from microservice_operator.status.autoscaling import Autoscaler
from microservice_operator.status.outcome import Outcome
from microservice_operator.status.prospect import Change, Prospect
from microservice_operator.status.report import report, same
from microservice_operator.status.rollout import Rollout, Trouble
from microservice_operator.status.routing import Answer, Endpoint, Routing
from microservice_operator.status.traffic import Traffic, traffic

__all__ = [
    "Answer",
    "Autoscaler",
    "Change",
    "Endpoint",
    "Outcome",
    "Prospect",
    "Rollout",
    "Routing",
    "Traffic",
    "Trouble",
    "report",
    "same",
    "traffic",
]
