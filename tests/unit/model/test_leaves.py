"""Every field of the spec matters: two specs that differ only there become different objects."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.api.crd import schema
from microservice_operator.routing.claiming import claims
from tests import apps, specs
from tests.corpus.documents import full

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.model import App

Schema = dict[str, Any]
Spec = dict[str, Any]

# Beside the corpus's documents, in which some fields hold each other in place.
LOOSE: list[Spec] = [
    {"ports": [{"name": "web", "port": 80}]},
    {"resilience": {"retries": {"attempts": 2}}},
    {
        "exposure": [
            {
                "name": "shop",
                "gateway": "public",
                "hosts": ["shop.example"],
                "routes": [
                    {"name": "api", "retries": {"attempts": 2}},
                    {"name": "new", "match": {"methods": ["PUT"]}, "mirror": {"version": "v2"}},
                ],
            }
        ],
        "versions": [{"name": "v2", "image": "a"}],
    },
    {"placement": {"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute"}]}},
]
OTHER_WORDS = {
    "spec.exposure[].gateway": "partners",
    "spec.exposure[].auth.claimHeaders[].claim": "user[id]",
    "spec.exposure[].auth.jwks": '{"keys": [{"kty": "RSA", "n": "AQAC", "e": "AQAB"}]}',
    "spec.exposure[].auth.required[].claim": "realm_access[groups]",
    "spec.exposure[].routes[].to.version": "v2",
    "spec.exposure[].routes[].mirror.version": "v1",
    "spec.exposure[].routes[].fault.delay.duration": "3s",
    "spec.availability.minAvailable": "60%",
    "spec.env[].valueFrom.fieldRef.fieldPath": "status.hostIP",
    "spec.env[].valueFrom.resourceFieldRef.divisor": "1Ki",
    "spec.env[].valueFrom.resourceFieldRef.resource": "limits.ephemeral-storage",
    "spec.health.shutdown.drain": "11s",
    "spec.health.shutdown.grace": "2m",
    "spec.scaling.schedules[].start": "0 9 * JAN THU",
    "spec.scaling.schedules[].end": "0 10 * JAN THU",
    "spec.scaling.schedules[].duration": "45m",
    "spec.scaling.schedules[].timeZone": "Asia/Kathmandu",
    "spec.scaling.schedules[].leadTime": "30s",
    "spec.resources.limits{}": "512Mi",
    "spec.allowFrom[].ports[]": "grpc",
    "spec.allowFrom[].paths[]": "/other",
    "spec.mounts[].empty.sizeLimit": "2Gi",
    "spec.observability.metrics.interval": "16s",
    "spec.observability.metrics.port": "http",
    "spec.observability.slo.availability": "99.95",
    "spec.observability.slo.latency.percent": "98",
    "spec.observability.tracing.samplingPercent": "13",
    "spec.init[].name": "other",
    "spec.init[].env[].valueFrom.fieldRef.fieldPath": "status.hostIP",
    "spec.init[].env[].valueFrom.resourceFieldRef.divisor": "1Ki",
    "spec.init[].env[].valueFrom.resourceFieldRef.resource": "limits.ephemeral-storage",
    "spec.init[].resources.limits{}": "512Mi",
    "spec.init[].mounts[].name": "tls",
    "spec.sidecars[].env[].valueFrom.fieldRef.fieldPath": "status.hostIP",
    "spec.sidecars[].env[].valueFrom.resourceFieldRef.divisor": "1Ki",
    "spec.sidecars[].env[].valueFrom.resourceFieldRef.resource": "limits.ephemeral-storage",
    "spec.sidecars[].resources.limits{}": "512Mi",
    "spec.sidecars[].mounts[].name": "tls",
    "spec.health.readiness.httpGet.port": "grpc",
    "spec.health.liveness.httpGet.port": "grpc",
    "spec.health.startup.httpGet.port": "grpc",
    "spec.scaling.behavior.scaleDown.tolerance": "0.06",
    "spec.scaling.behavior.scaleUp.tolerance": "0.06",
    "spec.scaling.metrics[].containerResource.name": "cpu",
    "spec.scaling.metrics[].containerResource.target.averageValue": "501Mi",
    "spec.scaling.metrics[].external.target.averageValue": "31",
    "spec.scaling.metrics[].object.target.averageValue": "501m",
    "spec.scaling.metrics[].object.target.value": "11k",
    "spec.scaling.metrics[].resource.name": "memory",
    "spec.scaling.metrics[].resource.target.averageValue": "101m",
}
_USAGE: Schema = {"type": "AverageValue", "averageValue": 1}
_VALUE: Schema = {"type": "Value", "value": 1}
# Words that stand only together with what is beside them: another object as a whole.
OTHER_OBJECTS = {
    "spec.exposure[].routes[].match.cookies[].present": {"name": "basket", "exact": "a"},
    "spec.exposure[].routes[].match.query[].present": {"name": "since", "exact": "a"},
    "spec.match[].cookies[].present": {"name": "tenant", "exact": "a"},
    "spec.match[].query[].present": {"name": "since", "exact": "a"},
    "spec.resilience.loadBalancing.hash.source": {"header": "x-user"},
    "spec.scaling.metrics[].type": {
        "type": "Pods",
        "pods": {"metric": {"name": "a"}, "target": _USAGE},
    },
    "spec.scaling.metrics[].containerResource.target.type": _USAGE,
    "spec.scaling.metrics[].external.target.type": _VALUE,
    "spec.scaling.metrics[].object.target.type": _USAGE,
    "spec.scaling.metrics[].pods.target.type": {"type": "AverageValue", "averageValue": 2},
    "spec.scaling.metrics[].resource.target.type": _USAGE,
}

# What only tells the items of a list apart.
KEYS = {"spec.exposure[].name"}


@dataclass(frozen=True)
class Leaf:
    """A field that holds a value of its own, in a spec that has it."""

    spec: Spec
    path: tuple[str | int, ...]
    schema: Schema

    def changed(self, change: str, value: Any = None) -> Spec:
        """The spec with something else there, or with nothing."""
        spec = unshared(self.spec)
        part: Any = spec
        for step in self.path[:-1]:
            part = part[step]
        if change == "remove":
            del part[self.path[-1]]
        else:
            part[self.path[-1]] = value
        return spec

    def others(self, at: str) -> Iterator[Spec]:
        """The spec with other values there; some of them may not be allowed."""
        value: Any = self.spec
        for step in self.path:
            value = value[step]
        if _alone(at) in OTHER_OBJECTS:
            *around, _ = self.path
            yield replace(self, path=tuple(around)).changed("set", OTHER_OBJECTS[_alone(at)])
        match value:
            case bool():
                yield self.changed("set", not value)
            case int():
                yield self.changed("set", value + 1)
            case _ if "enum" in self.schema:
                for word in self.schema["enum"]:
                    if word != value:
                        yield self.changed("set", word)
            case _:
                yield self.changed("set", OTHER_WORDS.get(_alone(at), f"{value}a"))


def _alone(at: str) -> str:
    """Where a field of a version stands when the spec itself says it."""
    return at.replace("versions[].", "")


@cache
def leaves() -> dict[str, list[Leaf]]:
    """Every leaf of the spec by its path, in all the specs that have it."""
    found: dict[str, list[Leaf]] = {}
    for document in [*full(), *(apps.body(**spec) for spec in LOOSE)]:
        spec = unshared(document["spec"])
        for at, leaf in _leaves("spec", Leaf(spec, (), schema()["properties"]["spec"]), spec):
            found.setdefault(at, []).append(leaf)
    return found


def _leaves(at: str, leaf: Leaf, value: Any) -> Iterator[tuple[str, Leaf]]:
    part = leaf.schema
    if "properties" in part:
        inner = [(f"{at}.{name}", name, part["properties"][name]) for name in value]
    elif "items" in part:
        inner = [(f"{at}[]", index, part["items"]) for index in range(len(value))]
    elif "additionalProperties" in part:
        inner = [(f"{at}{{}}", key, part["additionalProperties"]) for key in value]
    else:
        yield at, leaf
        return
    for place, step, below in inner:
        yield from _leaves(place, Leaf(leaf.spec, (*leaf.path, step), below), value[step])


def unshared(spec: Spec) -> Spec:
    """A copy in which no part stands twice, as YAML's aliases would have it."""
    copy: Spec = json.loads(json.dumps(spec))
    return copy


@pytest.mark.parametrize("at", leaves())
def test_every_leaf_of_the_spec_changes_an_output(at: str) -> None:
    """A field that nothing reads is a promise that nobody keeps."""
    tried = [(leaf, spec) for leaf in leaves()[at] for spec in leaf.others(at)]
    pairs = [(leaf, spec) for leaf, spec in tried if specs.accepted(spec)] or [
        (leaf, spec) for leaf in leaves()[at] if specs.accepted(spec := leaf.changed("remove"))
    ]

    assert pairs, f"no second valid spec for {at}: add a value to OTHER_WORDS or a spec to LOOSE"
    for leaf, other in pairs:
        before, after = apps.meshed(**leaf.spec), apps.meshed(**other)
        assert (_outputs(before) != _outputs(after)) != (at in KEYS), f"{at} changes nothing"


def _outputs(app: App) -> object:
    """What must exist, whether it is to be made, and what is planned for later."""
    windows = [track.scaling.windows for track in app.tracks if track.scaling]
    return apps.children(app), claims(app, ""), app.mode, windows
