"""The containers of a pod: the application's, and those beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.ports import container_port_names
from microservice_operator.pods.present import present
from microservice_operator.pods.tracing import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from microservice_operator.model import App, Manifest
    from microservice_operator.model.app import Companion, Folder


def application(app: App) -> dict[str, Any]:
    """The container that the app is about."""
    ports = {name: number for number, name in container_port_names(app.ports).items()}
    return _container("app", app, ports) | present(
        env=[*app.env, *variables(app)],
        readinessProbe=app.probes.readiness,
        livenessProbe=app.probes.liveness,
        startupProbe=app.probes.startup,
        lifecycle=_lifecycle(app),
    )


def companion(companion: Companion) -> dict[str, Any]:
    """A sidecar, or a step before the application starts: a sidecar is a step that never ends."""
    stays = {"restartPolicy": "Always"} if companion.stays else {}
    return _container(companion.name, companion, companion.ports) | stays


def _container(name: str, said: App | Companion, ports: Mapping[str, int]) -> dict[str, Any]:
    """What all containers have alike; none has more rights than another."""
    return {
        "name": name,
        "image": said.image,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": _mounts(said.folders),
    } | present(
        command=list(said.command),
        args=list(said.args),
        env=list(said.env),
        envFrom=list(said.env_from),
        ports=_ports(ports),
        resources=dict(said.resources),
    )


def _mounts(folders: Iterable[Folder]) -> list[Manifest]:
    return [
        {"name": folder.volume, "mountPath": folder.path} | present(readOnly=folder.read_only)
        for folder in folders
    ]


def _ports(ports: Mapping[str, int]) -> list[Manifest]:
    return [
        {"name": name, "containerPort": number, "protocol": "TCP"} for name, number in ports.items()
    ]


def _lifecycle(app: App) -> Manifest | None:
    """A leaving pod serves on until every proxy and load balancer has forgotten it."""
    if app.shutdown.drain_seconds == 0:
        return None
    return {"preStop": {"sleep": {"seconds": app.shutdown.drain_seconds}}}
