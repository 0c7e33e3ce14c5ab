"""Containers beside the application's: steps before it starts, and sidecars."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Items
from microservice_operator.api.environment import EnvFrom, EnvVar
from microservice_operator.api.lists import different
from microservice_operator.api.mounts import FolderPath
from microservice_operator.api.resources import Resources
from microservice_operator.api.scalars import Argument, Image, PortName, PortNumber, ShortName
from microservice_operator.api.schema import Block, Rule


class ContainerMount(Block):
    """One of the spec's `mounts`, as this container finds it."""

    name: ShortName
    """Name of one of the spec's `mounts`, unique in the list. Example: `cache`."""
    path: FolderPath
    """Where the container finds it; no two alike. Example: `/var/cache/orders`."""
    read_only: bool | None = None
    """Whether this container may not write. Example: `true`."""


class ContainerPort(Block):
    """A port that a sidecar listens on."""

    name: PortName
    """Name of the port, unique in the list; not `port-...`. Example: `admin`."""
    port: PortNumber
    """Number of the port, unique in the list. Example: `15000`."""

    rules: ClassVar = (
        Rule(
            field_path=".name",
            message="must not begin with 'port-': so the application's own ports are called",
            cel="!self.name.startsWith('port-')",
            check=lambda port: not port.name.startswith("port-"),
            reason="FieldValueForbidden",
        ),
    )


class InitContainer(Block):
    """A container that does its work before the application starts."""

    name: ShortName
    """Name of the container, unique among `init` and `sidecars`; not `app` or `istio-...`.
    Example: `migrate`."""
    image: Image
    """Container image to run. Example: `registry.example/orders-migrate:1.4.2`."""
    command: Annotated[tuple[Argument, ...], Items(64)] = ()
    """Program to run in place of the image's entrypoint. Example: `[/app/migrate]`."""
    args: Annotated[tuple[Argument, ...], Items(256)] = ()
    """Arguments of the program. Example: `[--to, latest]`."""
    env: Annotated[tuple[EnvVar, ...], Items(64, key="name")] = ()
    """Environment variables, by name. Example: `[{name: LOG_LEVEL, value: debug}]`."""
    env_from: Annotated[tuple[EnvFrom, ...], Items(16)] = ()
    """Secrets and ConfigMaps as variables. Example: `[{secretRef: {name: orders-database}}]`."""
    resources: Resources = Resources()
    """CPU, memory and the like. Example: `{requests: {cpu: 10m}, limits: {memory: 64Mi}}`."""
    mounts: Annotated[tuple[ContainerMount, ...], Items(20, key="name")] = ()
    """Which of the spec's `mounts` it has, and where. Example: `[{name: cache, path: /cache}]`."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field_path=".name",
            message="must not be 'app', nor begin with 'istio-'",
            cel="self.name != 'app' && !self.name.startsWith('istio-')",
            check=lambda container: (
                container.name != "app" and not container.name.startswith("istio-")
            ),
            reason="FieldValueForbidden",
        ),
        different("mounts", "path", "paths"),
    )


class Sidecar(InitContainer):
    """A container that starts before the application and ends after it."""

    ports: Annotated[tuple[ContainerPort, ...], Items(10, key="name")] = ()
    """Ports that it listens on, for people to know. Example: `[{name: admin, port: 15000}]`."""

    rules: ClassVar = (*InitContainer.rules, different("ports", "port", "numbers"))
