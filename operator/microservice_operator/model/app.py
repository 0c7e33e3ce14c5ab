"""The App: everything that a builder needs to know of one Microservice, decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from microservice_operator.api.versions import STABLE
from microservice_operator.model.guarded import Guard
from microservice_operator.model.meshed import Mesh
from microservice_operator.model.observed import Observability

if TYPE_CHECKING:
    from datetime import datetime

    from microservice_operator.model.exposure import Exposure
    from microservice_operator.model.scaling import Scaling
    from microservice_operator.model.selections import Selection

Manifest = Mapping[str, Any]

HTTP_LIKE = frozenset({"HTTP", "HTTP2", "GRPC"})


class Mode(StrEnum):
    """Whether to act, to say what would be done, or neither."""

    APPLY = "Apply"
    PLAN = "Plan"
    PAUSED = "Paused"


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the Service and the container port behind it."""

    name: str
    port: int
    target: int
    protocol: str

    @property
    def speaks_http(self) -> bool:
        """Whether requests, not just bytes, travel through this port."""
        return self.protocol in HTTP_LIKE


@dataclass(frozen=True, slots=True)
class Probes:
    """The three probes of the application's container; None means that it has no such probe."""

    readiness: Manifest | None = None
    liveness: Manifest | None = None
    startup: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The service account that the pods run as."""

    name: str
    own: bool
    token_mounted: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """A volume of the pod, as one container finds it."""

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A container beside the application's; a sidecar `stays`, all others end before it starts."""

    name: str
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    env: tuple[Manifest, ...]
    env_from: tuple[Manifest, ...]
    resources: Manifest
    folders: tuple[Folder, ...]
    ports: Mapping[str, int]
    stays: bool


@dataclass(frozen=True, slots=True)
class Peer:
    """Pods of one namespace: those of a service, or all of them."""

    namespace: str
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Connections to or from a peer; without a peer any address, without ports all of them."""

    peer: Peer | None
    ports: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The variables and the files of all sources, laid over one another."""

    data: Mapping[str, str]
    files: Mapping[str, str]
    data_map: str
    """The name of the ConfigMap with the variables, which tells its content; empty for none."""
    files_map: str
    """The name of the ConfigMap with the files; one that is reloaded keeps its name."""
    folder: str
    reloads: bool
    shared: tuple[str, ...]
    missing: tuple[str, ...]
    """Those of the shared ConfigMaps that are not there."""
    unknown: bool
    """Whether one of these was never seen: until it is, nothing can be said of the rest."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Which nodes take the pods, and whether they share one."""

    node_selector: Mapping[str, str]
    tolerations: tuple[Manifest, ...]
    priority_class: str | None
    spread: Literal["Preferred", "Required", "Off"]


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How a pod says goodbye: it serves for a while, and is killed after another."""

    drain_seconds: int
    grace_seconds: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who may call the pods, and whom they may call; None means anybody."""

    ingress: tuple[Flow, ...] | None
    egress: tuple[Flow, ...] | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What people are told: whose it is, and what it is for."""

    team: str | None
    notes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One Microservice with every default folded in and every choice made.

    Each of its versions is an App as well, which differs in its track and in what it says itself.
    """

    namespace: str
    name: str
    uid: str
    mode: Mode

    image: str
    version: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    env: tuple[Manifest, ...]
    env_from: tuple[Manifest, ...]
    config: Config
    resources: Manifest
    pull_secrets: tuple[Manifest, ...]
    identity: Identity

    pod_labels: Mapping[str, str]
    pod_annotations: Mapping[str, str]
    placement: Placement

    ports: tuple[Port, ...]
    replicas: int
    scaling: Scaling | None
    probes: Probes
    shutdown: Shutdown

    volumes: Mapping[str, Manifest]
    folders: tuple[Folder, ...]
    companions: tuple[Companion, ...]
    has_claims: bool
    one_writer: bool

    disruption: Manifest | None

    traffic: Traffic
    stranger: str = ""
    """A gateway that `allowFrom` lets in and the platform does not have."""

    catalogue: Catalogue

    exposures: tuple[Exposure, ...] = ()
    mesh: Mesh = field(default_factory=Mesh)
    guard: Guard = field(default_factory=Guard)
    observability: Observability = field(default_factory=Observability)

    track: str = STABLE
    """The spec's own version, or the name of another one."""
    weight: int = 0
    """How many percent of the requests that no version matches this version asks for."""
    selections: tuple[Selection, ...] = ()
    """The requests that this version asks for whole."""
    arrived: bool = True
    """Whether a new route may send requests to this track."""
    versions: tuple[App, ...] = ()
    """The tracks beside the stable one, which alone has any."""

    @property
    def title(self) -> str:
        """What the children of this track are called."""
        return titled(self.name, self.track)

    @property
    def tracks(self) -> tuple[App, ...]:
        """The stable track and those beside it."""
        return (self, *self.versions)

    @property
    def guarded(self) -> bool:
        """Whether anything of it would be open to everybody if its pods had no proxies."""
        strict = self.mesh.mutual_tls == "STRICT"
        return bool(self.mesh.host) and (strict or self.guard.rules is not None)

    @property
    def published(self) -> tuple[Exposure, ...]:
        """What callers from outside may be led to: who needs a token must be asked for it."""
        return tuple(each for each in self.exposures if not each.auth or self.mesh.proxied)

    @property
    def changes_at(self) -> datetime | None:
        """When the windows of any track open or close next."""
        windows = [track.scaling.windows for track in self.tracks if track.scaling]
        return min((each.changes_at for each in windows if each and each.changes_at), default=None)

    @property
    def most_pods(self) -> int:
        """How many pods this track may have."""
        return self.scaling.max if self.scaling else self.replicas

    @property
    def asks(self) -> bool:
        """Whether this version asks for requests to the service."""
        return bool(self.weight or self.selections)

    @property
    def divided(self) -> bool:
        """Whether other versions ask for some of the requests."""
        return any(version.asks for version in self.versions)


def titled(name: str, track: str) -> str:
    """What the children of a track are called; their names are never too long for a Service."""
    return name if track == STABLE else f"{name}-{track}"
