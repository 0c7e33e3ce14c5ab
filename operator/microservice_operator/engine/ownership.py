"""Whose an object is that has the name of a child of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from microservice_operator.cluster.api import ApiError, decoded
from microservice_operator.errors import NameTaken
from microservice_operator.model.kinds import DEPLOYMENT, MICROSERVICE

if TYPE_CHECKING:
    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.decode import Child
    from microservice_operator.model import App, Manifest

NOT_FOUND = 404


class Standing(Enum):
    """Two answers that need no name."""

    OURS = "ours"
    LEAVING = "leaving"


class Family(Protocol):
    """Those to whom children belong: one Microservice, or all that share one."""

    @property
    def namespace(self) -> str:
        """Where they and their children live."""

    def claimed(self, there: Child, manifest: Manifest) -> Standing:
        """Whether an object with a child's name is theirs already, or goes away soon.

        Raises:
            NameTaken: it is somebody else's, or it cannot become theirs.
        """

    async def stay(self, api: Api, there: Child) -> bool:
        """Whether those who are to own this object again are there to stay."""


@dataclass(frozen=True, slots=True)
class Parent:
    """One Microservice and the children that it controls."""

    app: App

    @property
    def namespace(self) -> str:
        """Where they live."""
        return self.app.namespace

    def claimed(self, there: Child, manifest: Manifest) -> Standing:
        """Whether it is ours already, or goes away soon."""
        return claimed(there, manifest, self.app)

    async def stay(self, api: Api, there: Child) -> bool:  # noqa: ARG002  of a Family
        """Whether the Microservice is there to stay, in the server's own words."""
        return await stays(api, self.app.namespace, self.app.name, self.app.uid)


async def stays(api: Api, namespace: str, name: str, uid: str) -> bool:
    """Whether this Microservice is there to stay, in the server's own words.

    The garbage collector lets the children of an orphaning owner go before kopf may have told
    of its deletion: whoever gave them their owner back then would have them deleted with it.
    """
    try:
        data = await api.request("GET", MICROSERVICE.path(namespace, name))
    except ApiError as error:
        if error.code == NOT_FOUND:
            return False
        raise
    metadata = decoded(data)["metadata"]
    there: bool = metadata["uid"] == uid and "deletionTimestamp" not in metadata
    return there


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


# The server lets these go by itself, as soon as what the object owns is gone or is let go.
OF_THE_SERVER = frozenset({"foregroundDeletion", "orphan"})


def awaited(child: str, there: Child | None) -> str:
    """What to say while an object that is being deleted has a child's name."""
    held = sorted(set(there.finalizers) - OF_THE_SERVER) if there else []
    if not held:
        return f"{child} is being deleted; it will be created when it is gone."
    return (
        f"{child} is being deleted, and {', '.join(held)} in its `metadata.finalizers` holds it: "
        "see that the controller behind that runs, or remove it there; it will be created when "
        "it is gone."
    )


def claimed(there: Child, manifest: Manifest, app: App) -> Standing:
    """Whether it is ours already, or goes away soon.

    Raises:
        NameTaken: it is somebody else's, or it cannot become ours.
    """
    held = standing(there, app)
    child = f"{there.kind.name}/{there.name}"
    if isinstance(held, str):
        raise NameTaken(
            f"{child} exists already and belongs to {held}; rename this "
            f"Microservice, remove that {there.kind.name}, or let it be taken over with the "
            'annotation `microservices.dev/adopt: "true"` on it.'
        )
    if held is Standing.OURS and _selects_others(there, manifest):
        raise NameTaken(
            f"{child} cannot be taken over, because it selects its pods by other labels and "
            "a selector never changes; delete it with `--cascade=orphan`, or rename this "
            "Microservice."
        )
    return held


def _selects_others(there: Child, manifest: Manifest) -> bool:
    ours = manifest.get("spec", {}).get("selector")
    theirs = (there.content() or manifest).get("spec", {}).get("selector")
    return there.kind is DEPLOYMENT and ours != theirs
