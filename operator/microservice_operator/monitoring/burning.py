"""Recording rules and alerts for objectives: how fast what may be missed in a month is used up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from microservice_operator.monitoring.series import (
    DURATION,
    answered,
    arrived,
    failed,
    rate,
    unanswered,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model import App, Manifest
    from microservice_operator.model.observed import Objective

INTERVAL = "30s"
REQUESTS, MISSED = "microservice:slo_requests:rate5m", "microservice:slo_missed:rate5m"
RATIO = "microservice:slo_missed:ratio_rate"
# How many times faster than it may, over a long window, and over a short one that tells whether it
# still does. At 14.4 times, a fiftieth of the month's budget is used up in an hour.
PAGE = (("14.4", "1h", "5m"), ("6", "6h", "30m"))
TICKET = (("3", "1d", "2h"), ("1", "3d", "6h"))
WINDOWS = ("30m", "1h", "2h", "6h", "1d", "3d")
# Of fewer requests than one a minute, a single one that fails would be too large a share.
ENOUGH = "* 60 > 1"
# At 6 times a month lasts 5 days; an outage is faster than any of these factors.
WORDS = {"page": ("fast", "5"), "ticket": ("slowly", "30")}


def groups(app: App) -> list[Manifest]:
    """One group of rules for each objective."""
    return [_group(app, objective) for objective in app.observability.objectives]


def _group(app: App, objective: Objective) -> Manifest:
    labels = {"namespace": app.namespace, "service": app.name, "slo": objective.name}
    chosen = "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
    requests, missed = _queries(app, objective)
    ratios = {"5m": f"{MISSED}{chosen} / {REQUESTS}{chosen}"} | {
        window: f"sum_over_time({MISSED}{chosen}[{window}]) / "
        f"sum_over_time({REQUESTS}{chosen}[{window}])"
        for window in WINDOWS
    }
    recorded = {REQUESTS: requests, MISSED: missed} | {
        f"{RATIO}{window}": query for window, query in ratios.items()
    }
    rules: list[Manifest] = [
        {"record": name, "expr": query, "labels": labels} for name, query in recorded.items()
    ]
    rules += [
        _alert(app, objective, labels | {"severity": severity}, chosen, burns)
        for severity, burns in (("page", PAGE), ("ticket", TICKET))
    ]
    return {"name": f"{app.namespace}/{app.name}/{objective.name}", "interval": INTERVAL} | {
        "rules": rules
    }


def _queries(app: App, objective: Objective) -> tuple[str, str]:
    """How many requests there are in a second, and how many of them miss the objective."""
    lost = unanswered(app)
    if objective.milliseconds is None:
        return rate(answered(app), lost), rate(*failed(app), lost)
    under = str(objective.milliseconds)
    whole = rate(arrived(app, f"{DURATION}_count"))
    # Prometheus 3 writes the bounds of buckets as decimal fractions
    quick = rate(arrived(app, f"{DURATION}_bucket", f'le=~"{under}|{under}[.]0"'))
    return whole, f"clamp_min({whole} - {quick}, 0)"


def _alert(
    app: App,
    objective: Objective,
    labels: dict[str, str],
    chosen: str,
    burns: Iterable[tuple[str, str, str]],
) -> Manifest:
    budget = (100 - Decimal(objective.percent)) / 100
    speed, days = WORDS[labels["severity"]]
    team, docs = app.catalogue.team, app.catalogue.notes.get("docs")
    return {
        "alert": "MicroserviceMissesItsObjective",
        "expr": "\nor\n".join(_burns(chosen, budget, *burn) for burn in burns),
        "labels": labels | ({"team": team} if team else {}),
        "annotations": {
            "summary": f"{app.namespace}/{app.name} misses its {objective.name} {speed}.",
            "description": f"{_promise(objective)} Now {{{{ $value | humanizePercentage }}}} "
            "are not: if that goes on, what may be missed in 30 days is used up within "
            f"{days} days.",
        }
        | ({"runbook_url": docs} if docs else {}),
    }


def _burns(chosen: str, budget: Decimal, factor: str, long: str, short: str) -> str:
    limit = f"{(Decimal(factor) * budget).normalize():f}"
    return (
        f"({RATIO}{long}{chosen} > {limit}\n"
        f"and {RATIO}{short}{chosen} > {limit}\n"
        f"and avg_over_time({REQUESTS}{chosen}[{long}]) {ENOUGH})"
    )


def _promise(objective: Objective) -> str:
    if objective.milliseconds is None:
        return f"{objective.percent} % of the requests are to be answered without an error."
    return (
        f"{objective.percent} % of the requests are to be answered within "
        f"{objective.milliseconds} ms."
    )
