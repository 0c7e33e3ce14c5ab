"""Whom the mesh lets in and out: by identity and by name, of which a network knows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.admission import admissions, rule
from microservice_operator.model.app import Guard
from microservice_operator.model.reach import outside, reach

if TYPE_CHECKING:
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.platform import Settings


def guard(app: App, spec: Spec, settings: Settings) -> Guard:
    """What the proxies of an app refuse; without a mesh there are none."""
    if not app.mesh.host:
        return Guard()
    return Guard(
        rules=_rules(app, spec),
        reach=reach(spec.calls, app, settings.mesh),
        outside=outside(spec.calls),
    )


def _rules(app: App, spec: Spec) -> tuple[Manifest, ...] | None:
    """Whom the pods answer; None means anybody."""
    if spec.allow_from is None:
        return None
    admitted = admissions(spec.allow_from, app)
    return tuple(rule(each.source, each.limit.operation) for each in admitted)
