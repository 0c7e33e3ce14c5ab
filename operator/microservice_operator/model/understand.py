"""From the object that a user wrote to its App, by way of the platform's defaults."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from microservice_operator.api.folding import fold
from microservice_operator.api.microservice import parse
from microservice_operator.api.spec import Spec
from microservice_operator.api.versions import STABLE
from microservice_operator.errors import Invalid
from microservice_operator.model.app import titled
from microservice_operator.model.facts import NOTHING
from microservice_operator.model.guard import guard
from microservice_operator.model.mesh import mesh, shared_out
from microservice_operator.model.observability import observability
from microservice_operator.model.resolve import resolve
from microservice_operator.model.schedules import understood
from microservice_operator.model.selections import selection
from microservice_operator.model.tenancy import must_be_allowed
from microservice_operator.model.traffic import beside_proxies
from microservice_operator.model.versions import laid_over
from microservice_operator.platform import ANY_IMAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.api.microservice import Microservice
    from microservice_operator.api.versions import OtherVersion
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.model.facts import Facts
    from microservice_operator.platform import Settings


def understand(body: Mapping[str, Any], settings: Settings, facts: Facts = NOTHING) -> App:
    """Return what this Microservice means on this platform, right now.

    Raises:
        Invalid: the spec cannot be honoured, alone or together with the platform's defaults.
        Forbidden: it refers to what the platform keeps from it.
    """
    microservice = parse(body)
    must_be_allowed(microservice, settings)
    said = body["spec"]
    if not settings.defaults:
        return _placed(microservice, settings, facts, said)
    folded = {**body, "spec": fold(_fitting(settings.defaults, said), said)}
    try:
        return _placed(parse(folded), settings, facts, said)
    except Invalid as error:
        raise Invalid(f"together with the platform's defaults: {error}") from None


def _placed(
    microservice: Microservice, settings: Settings, facts: Facts, said: Mapping[str, Any]
) -> App:
    """What it means by itself, and in the mesh; `said` is what the user wrote."""
    stable = _track(microservice, settings, facts, said)
    others = microservice.spec.versions
    versions = tuple(_version(microservice, each, settings, facts) for each in others)
    whole = shared_out(replace(stable, versions=versions))
    if whole.mesh.injected:
        whole = replace(whole, traffic=beside_proxies(whole, settings))
    return replace(whole, guard=guard(whole, microservice.spec, settings))


def _version(
    microservice: Microservice, version: OtherVersion, settings: Settings, facts: Facts
) -> App:
    """What one of the other versions means.

    Raises:
        Invalid: together with what it has from the spec, it cannot be honoured.
    """
    spec = laid_over(microservice.spec, version)
    alone = microservice.model_copy(update={"spec": spec})
    try:
        app = _track(alone, settings, facts, track=version.name)
    except Invalid as error:
        raise Invalid(f"spec.versions[{version.name}], laid over the rest: {error}") from None
    matches = tuple(
        selection(match, f"spec.versions[{version.name}].match[{number}]")
        for number, match in enumerate(version.match)
    )
    return replace(app, weight=version.weight or 0, selections=matches)


def _track(
    microservice: Microservice,
    settings: Settings,
    facts: Facts,
    said: Manifest = MappingProxyType({}),
    track: str = STABLE,
) -> App:
    title = titled(microservice.name, track)
    arrived = facts.arrived is None or title in facts.arrived
    app = replace(resolve(microservice, settings, facts, title), track=track, arrived=arrived)
    app = replace(app, mesh=mesh(app, microservice.spec, settings.mesh, facts, said))
    return replace(app, observability=observability(app, microservice.spec, settings, facts, said))


def must_be_sound(settings: Settings) -> None:
    """Look for mistakes in the defaults that no spec beside them can mend.

    Raises:
        Invalid: there is one; every Microservice would have it.
    """
    scaling = Spec.model_validate(fold(settings.defaults, ANY_IMAGE)).scaling
    try:
        understood(scaling.schedules if scaling else ())
    except Invalid as error:
        raise Invalid(f"`defaults`: {error}") from None


def _fitting(defaults: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The defaults for this kind of app: a worker has no port to ask for a path of health."""
    health = defaults.get("health")
    if spec.get("ports") != [] or not health:
        return defaults
    return {**defaults, "health": {key: value for key, value in health.items() if key != "path"}}
