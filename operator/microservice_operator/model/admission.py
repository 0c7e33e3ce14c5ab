"""Who may call, as a mesh knows callers: by identity, and each with what may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.api.traffic import Caller
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.platform import Settings


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be asked for; what is empty is anything."""

    ports: tuple[int, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def operation(self) -> Manifest:
        """The limit in the words of the mesh, which knows the ports of containers."""
        said = {"ports": map(str, self.ports), "methods": self.methods, "paths": self.paths}
        return {name: found for name, values in said.items() if (found := [*values])}


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who may call: one account, as namespace/name, or all that a namespace has."""

    account: str = ""
    namespace: str = ""
    limit: Limit = Limit()

    @property
    def source(self) -> Manifest:
        """The caller in the words of the mesh."""
        if self.account:
            return {"serviceAccounts": [self.account]}
        return {"namespaces": [self.namespace]}


def admissions(callers: Iterable[Caller], app: App, settings: Settings) -> tuple[Admission, ...]:
    """Whom the spec names, each once; a gateway that the platform does not have is nobody."""
    known = [each for each in callers if each.gateway is None or each.gateway in settings.gateways]
    return tuple(dict.fromkeys(_admission(caller, app, settings) for caller in known))


def rule(source: Manifest, operation: Manifest, *when: Manifest) -> Manifest:
    """A rule of a policy; what it does not restrict it leaves out."""
    found: dict[str, Any] = {}
    if source:
        found["from"] = [{"source": source}]
    if operation:
        found["to"] = [{"operation": operation}]
    if when:
        found["when"] = [*when]
    return found


def _admission(caller: Caller, app: App, settings: Settings) -> Admission:
    """A service runs as the account of its name; but who this app is itself, it knows."""
    namespace, limit = caller.namespace or app.namespace, _limit(caller, app)
    if caller.gateway:
        return Admission(settings.gateways[caller.gateway].service_account, limit=limit)
    if caller.service_account:
        return Admission(f"{namespace}/{caller.service_account}", limit=limit)
    if caller.service is None:
        return Admission(namespace=namespace, limit=limit)
    itself = (namespace, caller.service) == (app.namespace, app.name)
    return Admission(f"{namespace}/{app.identity.name if itself else caller.service}", limit=limit)


def _limit(caller: Caller, app: App) -> Limit:
    targets = {asked: port.target for port in app.ports for asked in (port.name, port.port)}
    ports = tuple(dict.fromkeys(targets[asked] for asked in caller.ports or ()))
    return Limit(ports, caller.methods or (), caller.paths or ())
