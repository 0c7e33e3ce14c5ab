"""Whose an object is that has the name of a child of ours."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.cluster.decode import Child
    from microservice_operator.model import App


class Standing(Enum):
    """Two answers that need no name."""

    OURS = "ours"
    LEAVING = "leaving"


def standing(there: Child, app: App) -> Standing | str:
    """Ours, on its way out, or the name of its owner.

    An object without a controller is ours when we know that it was, or when it says by an
    annotation that it may be taken over.
    """
    owner = there.owner
    if there.deleting:
        return Standing.LEAVING
    if owner is None:
        was_ours = there.formerly is not None and there.formerly.uid == app.uid
        return Standing.OURS if was_ours or there.adoptable else "nobody in particular"
    if owner.uid == app.uid:
        return Standing.OURS
    if owner.is_microservice and owner.name == app.name:
        return Standing.LEAVING
    return f"{owner.kind}/{owner.name}"
