"""The containers beside the application's, in the order in which they start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from microservice_operator.model.app import Companion
from microservice_operator.model.folders import folders, scratch
from microservice_operator.model.written import manifest, manifests

if TYPE_CHECKING:
    from microservice_operator.api.containers import InitContainer, Sidecar
    from microservice_operator.api.spec import Spec


def companions(spec: Spec) -> tuple[Companion, ...]:
    """Sidecars first, so that the steps may already use them, such as a proxy of the database."""
    read_only = {mount.name for mount in spec.mounts if mount.read_only}
    return (
        *(_companion(each, read_only, _ports(each)) for each in spec.sidecars),
        *(_companion(each, read_only) for each in spec.init),
    )


def _ports(sidecar: Sidecar) -> dict[str, int]:
    return {port.name: port.port for port in sidecar.ports}


def _companion(
    block: InitContainer, read_only: set[str], ports: dict[str, int] | None = None
) -> Companion:
    """Where the spec's mount is for reading only, nobody writes."""
    found = folders(block.mounts, scratch(block.name))
    return Companion(
        name=block.name,
        image=block.image,
        command=block.command,
        args=block.args,
        env=manifests(block.env),
        env_from=manifests(block.env_from),
        resources=manifest(block.resources),
        folders=tuple(
            replace(each, read_only=each.read_only or each.volume in read_only) for each in found
        ),
        ports=ports or {},
        stays=ports is not None,
    )
