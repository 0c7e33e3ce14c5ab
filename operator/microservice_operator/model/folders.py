"""The volumes of a pod, and where its containers find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.app import Folder
from microservice_operator.model.written import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from microservice_operator.api.containers import ContainerMount
    from microservice_operator.api.mounts import Mount
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import Manifest

    Mounts = Sequence[Mount | ContainerMount]

SCRATCH = "tmp"
TMP = "/tmp"  # noqa: S108  the pod's own


def scratch(container: str) -> str:
    """The volume that is the /tmp of a container beside the application's."""
    return f"{SCRATCH}-{container}"


def folders(mounts: Mounts, tmp: str) -> tuple[Folder, ...]:
    """What a container finds: what it mounts, and somewhere to write if nothing is mounted there.

    No root file system can be written to.
    """
    own = () if _replaces_tmp(mounts) else (Folder(tmp, TMP),)
    return (*own, *(Folder(m.name, m.path, read_only=bool(m.read_only)) for m in mounts))


def volumes(spec: Spec) -> dict[str, Manifest]:
    """Every volume of the pod by its name."""
    containers: dict[str, Mounts] = {SCRATCH: spec.mounts}
    containers |= {scratch(each.name): each.mounts for each in (*spec.sidecars, *spec.init)}
    return {
        **{tmp: {"emptyDir": {}} for tmp, at in containers.items() if not _replaces_tmp(at)},
        **{mount.name: _source(mount) for mount in spec.mounts},
    }


def has_one_writer(mounts: Iterable[Mount]) -> bool:
    """Whether only one pod may write, so that the old one must leave before the new one starts."""
    return any(m.claim is not None and not m.shared and not m.read_only for m in mounts)


def _replaces_tmp(mounts: Mounts) -> bool:
    return any(mount.path == TMP for mount in mounts)


def _source(mount: Mount) -> Manifest:
    if mount.secret is not None:
        return {"secret": {"secretName": mount.secret}}
    if mount.config_map is not None:
        return {"configMap": {"name": mount.config_map}}
    if mount.claim is not None:
        return {"persistentVolumeClaim": {"claimName": mount.claim}}
    assert mount.empty is not None, "the block has exactly one source"
    return {"emptyDir": manifest(mount.empty)}
