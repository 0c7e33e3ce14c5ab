"""The spec: everything that a user may say about a microservice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from microservice_operator.api.about import About
from microservice_operator.api.availability import Availability
from microservice_operator.api.bounds import Entries, Items, text, whole
from microservice_operator.api.config import Config
from microservice_operator.api.containers import InitContainer, Sidecar
from microservice_operator.api.environment import EnvFrom, EnvVar
from microservice_operator.api.exposure import Exposure
from microservice_operator.api.health import Health
from microservice_operator.api.keys import free, qualified
from microservice_operator.api.lists import different
from microservice_operator.api.mounts import Mount
from microservice_operator.api.observability import Observability
from microservice_operator.api.placement import Placement
from microservice_operator.api.ports import Port
from microservice_operator.api.relations import (
    ASKABLE,
    AT_MOST_ALL,
    CALLABLE,
    EXPOSABLE,
    KNOWN_PORTS,
    KNOWN_TARGETS,
    KNOWN_VERSIONS,
    LIMITED,
    MEASURABLE,
    ONE_NAME_EACH,
    OTHER_NAMES,
    SCRAPABLE,
    SHAREABLE,
    known_mounts,
)
from microservice_operator.api.resilience import Resilience
from microservice_operator.api.resources import Resources
from microservice_operator.api.scalars import Argument, Image, LabelValue, ObjectName
from microservice_operator.api.scaling import Scaling
from microservice_operator.api.schema import Block, Rule
from microservice_operator.api.security import Security
from microservice_operator.api.traffic import Call, Caller
from microservice_operator.api.versions import OtherVersion

Version = Annotated[
    str,
    text(
        "the name of a version: letters, digits, '-', '_' and '.' with a letter or digit at both "
        "ends, at most 63 characters",
        longest=63,
        pattern="^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    ),
]
AnnotationValue = Annotated[
    str, text("a string of at most 4096 characters; quote numbers", longest=4096, shortest=0)
]


class ImagePullSecret(Block):
    """A Secret of the same namespace with credentials for an image registry."""

    name: ObjectName
    """Name of the Secret, unique in the list. Example: `registry-credentials`."""


def _known_port(probe: str) -> Rule:
    """Return the rule that `probe` names a port of the spec."""

    def check(spec: Spec) -> bool:
        asked = getattr(spec.health, probe)
        known = {"http"} if spec.ports is None else {port.name for port in spec.ports}
        return asked is None or asked.named_port is None or asked.named_port in known

    ports = ", ".join(f"self.?health.?{probe}.?{kind}.?port" for kind in ("httpGet", "tcpSocket"))
    return Rule(
        field_path=f".health.{probe}",
        message="must ask a number or the name of one of `ports`; without `ports` that is 'http'",
        cel=f"[{ports}].all(port, !port.hasValue() || type(port.value()) == int || "
        "(has(self.ports) ? self.ports.exists(known, known.name == port.value()) "
        ": port.value() == 'http'))",
        check=check,
    )


class Spec(Block):
    """What a user says about a microservice; only `image` is required."""

    image: Image
    """Container image to run. Example: `registry.example/orders:1.4.2`."""
    version: Version | None = None
    """Name of what runs, shown in labels and metrics; absent means v1. Example: `v2`."""
    command: Annotated[tuple[Argument, ...], Items(64)] = ()
    """Program to run in place of the image's entrypoint. Example: `[/app/orders]`."""
    args: Annotated[tuple[Argument, ...], Items(256)] = ()
    """Arguments of the program. Example: `[--log-level, info]`."""
    env: Annotated[tuple[EnvVar, ...], Items(256, key="name")] = ()
    """Environment variables, by name. Example: `[{name: LOG_LEVEL, value: debug}]`."""
    env_from: Annotated[tuple[EnvFrom, ...], Items(32)] = ()
    """Secrets and ConfigMaps as variables. Example: `[{secretRef: {name: orders-database}}]`."""
    config: Config = Config()
    """Variables and files in ConfigMaps. Example: `{data: {LOG_LEVEL: info}}`."""
    resources: Resources = Resources()
    """CPU, memory and the like. Example: `{requests: {cpu: 100m}, limits: {memory: 256Mi}}`."""
    mounts: Annotated[tuple[Mount, ...], Items(20, key="name")] = ()
    """Folders of the containers. Example: `[{name: tls, path: /etc/tls, secret: orders-tls}]`."""
    init: Annotated[tuple[InitContainer, ...], Items(8, key="name")] = ()
    """Steps before the application starts, one after the other, once all sidecars have started.
    Example: `[{name: migrate, image: registry.example/orders-migrate:1.4.2}]`."""
    sidecars: Annotated[tuple[Sidecar, ...], Items(8, key="name")] = ()
    """Containers that start before everything else, in their order, and end last.
    Example: `[{name: proxy, image: registry.example/database-proxy:2.1}]`."""
    image_pull_secrets: Annotated[tuple[ImagePullSecret, ...], Items(10, key="name")] = ()
    """Credentials for the image registry. Example: `[{name: registry-credentials}]`."""
    service_account_name: ObjectName | None = None
    """An existing ServiceAccount in place of an own one; the platform's settings must allow it.
    Example: `orders`."""
    service_account_token: Literal["Mounted", "NotMounted"] | None = None
    """Whether pods can talk to the API server; absent means NotMounted. Example: `Mounted`."""
    placement: Placement = Placement()
    """Where pods may run. Example: `{nodeSelector: {kubernetes.io/arch: arm64}}`."""
    pod_labels: Annotated[Mapping[str, LabelValue], Entries(32)] = {}
    """More labels for the pods. Example: `{cost-center: shop}`."""
    pod_annotations: Annotated[Mapping[str, AnnotationValue], Entries(32)] = {}
    """More annotations for the pods. Example: `{example.com/owner: shop}`."""
    ports: Annotated[tuple[Port, ...], Items(20)] | None = None
    """Ports; absent means 80 to 8080, `[]` a worker. Example: `[{name: grpc, port: 9090}]`."""
    replicas: Annotated[int, whole(0, 1000)] | None = None
    """How many pods run; absent means 1. Ignored beside `scaling`. Example: `3`."""
    scaling: Scaling | None = None
    """An autoscaler decides how many pods run. Example: `{min: 2, max: 10, cpu: 70}`."""
    health: Health = Health()
    """How pods are found healthy, and how they end. Example: `{path: /healthz}`."""
    availability: Availability = Availability()
    """How many pods may be missing. Example: `{maxUnavailable: 1, spread: Required}`."""
    mode: Literal["Apply", "Plan", "Paused"] | None = None
    """Whether to act, to say in `status.plan` what would be done, or neither. Example: `Plan`."""

    allow_from: Annotated[tuple[Caller, ...], Items(50)] | None = None
    """Who may call; absent means anyone, `[]` nobody. The pods of one app are no exception: let
    them name their own service if they talk to each other. Example: `[{service: web}]`."""
    calls: Annotated[tuple[Call, ...], Items(50)] | None = None
    """Who is called; absent means anyone, `[]` nobody but DNS. Example: `[{service: payments}]`."""
    exposure: Annotated[tuple[Exposure, ...], Items(4, key="name")] = ()
    """Hosts at the platform's gateways, for callers from outside; needs a mesh.
    Example: `[{name: shop, gateway: public, hosts: [orders.shop.example]}]`."""
    resilience: Resilience | None = None
    """What callers do when it is slow, overloaded or broken; needs a mesh.
    Example: `{timeout: 3s, circuitBreaker: {consecutiveErrors: 3}}`."""
    observability: Observability | None = None
    """How people see what it does. Example: `{accessLog: Errors, slo: {availability: "99.9"}}`."""
    security: Security | None = None
    """How callers prove who they are; needs a mesh. Example: `{mtls: Strict}`."""
    versions: Annotated[tuple[OtherVersion, ...], Items(8, key="name")] = ()
    """Other versions beside this one, and which requests they get.
    Example: `[{name: v2, image: "registry.example/orders:2.0.0", weight: 10}]`."""
    about: About = About()
    """What people want to know. Example: `{team: checkout}`."""

    rules: ClassVar = (
        qualified("pod_labels"),
        free("pod_labels"),
        qualified("pod_annotations"),
        free(
            "pod_annotations",
            "cluster-autoscaler.kubernetes.io/safe-to-evict",
            "kubectl.kubernetes.io/default-container",
        ),
        different("ports", "name", "names"),
        different("ports", "port", "numbers"),
        different("mounts", "path", "paths"),
        known_mounts("init"),
        known_mounts("sidecars"),
        ONE_NAME_EACH,
        KNOWN_PORTS,
        LIMITED,
        CALLABLE,
        ASKABLE,
        SHAREABLE,
        AT_MOST_ALL,
        OTHER_NAMES,
        EXPOSABLE,
        KNOWN_TARGETS,
        KNOWN_VERSIONS,
        MEASURABLE,
        SCRAPABLE,
        Rule(
            field_path=".health.path",
            message="must be absent when no port speaks HTTP; a TCP or gRPC service may have "
            "`readiness`, a worker `liveness`",
            cel="!has(self.ports) || !self.?health.?path.hasValue() || "
            "self.ports.exists(port, port.?protocol.orValue('HTTP') in ['HTTP', 'HTTP2'])",
            check=lambda spec: (
                spec.health.path is None
                or spec.ports is None
                or any(port.protocol in {None, "HTTP", "HTTP2"} for port in spec.ports)
            ),
            reason="FieldValueForbidden",
        ),
        *(_known_port(probe) for probe in ("readiness", "liveness", "startup")),
    )
