"""What must change: the desired children compared with the live ones."""

from microservice_operator.plan.difference import Difference, differences
from microservice_operator.plan.handover import Handover, of_held, of_new
from microservice_operator.plan.manifest import ABSENT, Key, digest
from microservice_operator.plan.ownership import FIELD_MANAGER, HANDOVER_MANAGER, changed_by
from microservice_operator.plan.planning import Action, Known, Plan, Step, plan
from microservice_operator.plan.repair import repair

__all__ = [
    "ABSENT",
    "FIELD_MANAGER",
    "HANDOVER_MANAGER",
    "Action",
    "Difference",
    "Handover",
    "Key",
    "Known",
    "Plan",
    "Step",
    "changed_by",
    "differences",
    "digest",
    "of_held",
    "of_new",
    "plan",
    "repair",
]
