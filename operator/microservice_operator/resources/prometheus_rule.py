"""The PrometheusRule, present where a Prometheus operator can watch over objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import findable
from microservice_operator.monitoring.burning import groups

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """What is recorded, and the alerts made of it."""
    if not app.observability.objectives:
        return []
    return [{"metadata": findable(app), "spec": {"groups": groups(app)}}]
