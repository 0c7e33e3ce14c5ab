"""From a Microservice to its App: every default folded in, every choice made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.api.relations import VERSION
from microservice_operator.model import config
from microservice_operator.model.app import App, Catalogue, Identity, Mode, Placement, Port
from microservice_operator.model.companions import companions
from microservice_operator.model.exposure import exposures
from microservice_operator.model.folders import SCRATCH, folders, has_one_writer, volumes
from microservice_operator.model.health import probes, shutdown
from microservice_operator.model.scaling import scaling
from microservice_operator.model.traffic import narrow, stranger, traffic
from microservice_operator.model.written import manifest, manifests

if TYPE_CHECKING:
    from microservice_operator.api.about import About
    from microservice_operator.api.availability import Availability
    from microservice_operator.api.microservice import Microservice
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import Config, Manifest
    from microservice_operator.model.facts import Facts
    from microservice_operator.platform import Settings

REPLICAS = 1
PORTS = (Port("http", 80, 8080, "HTTP"),)
ONE_AT_A_TIME = {"maxUnavailable": 1}


def resolve(microservice: Microservice, settings: Settings, facts: Facts, title: str) -> App:
    """Decide everything that the spec leaves open, for the track that is called so."""
    spec = microservice.spec
    ports = _ports(spec)
    replicas = REPLICAS if spec.replicas is None else spec.replicas
    scaled = scaling(microservice, spec.version or VERSION, facts.now)
    composed = config.compose(title, spec.config, settings.environment, facts)
    return App(
        namespace=microservice.namespace,
        name=microservice.name,
        uid=microservice.uid,
        mode=Mode(spec.mode or Mode.APPLY),
        image=spec.image,
        version=spec.version or VERSION,
        command=spec.command,
        args=spec.args,
        env=_env(spec, ports, composed),
        env_from=(*config.variables(composed), *manifests(spec.env_from)),
        config=composed,
        resources=manifest(spec.resources),
        pull_secrets=manifests(spec.image_pull_secrets),
        identity=_identity(microservice),
        pod_labels=spec.pod_labels,
        pod_annotations=spec.pod_annotations,
        placement=_placement(spec),
        ports=ports,
        replicas=replicas,
        scaling=scaled,
        probes=probes(spec.health, ports),
        shutdown=shutdown(spec.health.shutdown),
        volumes=volumes(spec) | config.volume(composed),
        folders=config.beside(folders(spec.mounts, SCRATCH), composed, spec.config),
        companions=companions(spec),
        has_claims=any(mount.claim for mount in spec.mounts),
        one_writer=has_one_writer(spec.mounts),
        disruption=_disruption(spec.availability, scaled.max if scaled else replicas),
        traffic=traffic(microservice, ports, settings),
        stranger=stranger(spec.allow_from, settings),
        catalogue=_catalogue(spec.about),
        exposures=exposures(spec, ports, narrow(microservice, settings)),
    )


def _ports(spec: Spec) -> tuple[Port, ...]:
    if spec.ports is None:
        return PORTS
    return tuple(
        Port(p.name, p.port, p.target_port or p.port, p.protocol or "HTTP") for p in spec.ports
    )


def _env(spec: Spec, ports: tuple[Port, ...], composed: Config) -> tuple[Manifest, ...]:
    """The user's variables, after `PORT`: where the application must listen."""
    own = manifests(spec.env)
    main = next((p for p in ports if p.speaks_http), ports[0] if ports else None)
    if main is None or "PORT" in {*composed.data, *(variable["name"] for variable in own)}:
        return own
    return ({"name": "PORT", "value": str(main.target)}, *own)


def _identity(microservice: Microservice) -> Identity:
    """A service account of its own unless the user names one."""
    spec = microservice.spec
    return Identity(
        name=spec.service_account_name or microservice.name,
        own=spec.service_account_name is None,
        token_mounted=spec.service_account_token == "Mounted",  # noqa: S105  a choice, no secret
    )


def _placement(spec: Spec) -> Placement:
    return Placement(
        node_selector=spec.placement.node_selector,
        tolerations=manifests(spec.placement.tolerations),
        priority_class=spec.placement.priority_class_name,
        spread=spec.availability.spread or "Preferred",
    )


def _catalogue(about: About) -> Catalogue:
    """The team, which lists can select by, and the notes, which people read."""
    told = {"description": about.description, "docs": about.docs, "openapi": about.openapi}
    return Catalogue(about.team, {name: text for name, text in told.items() if text is not None})


def _disruption(availability: Availability, most: int) -> Manifest | None:
    """What the user asked for; else one pod at a time, as soon as there can be two."""
    if availability.min_available is not None:
        return {"minAvailable": availability.min_available}
    if availability.max_unavailable is not None:
        return {"maxUnavailable": availability.max_unavailable}
    return ONE_AT_A_TIME if most > 1 else None
