"""The ServiceAccount, present unless the user names one that exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """An identity of its own, whose token no pod gets unless the spec asks for it."""
    if not app.identity.own:
        return []
    return [{"metadata": metadata(app), "automountServiceAccountToken": False}]
