"""Laws of the whole pure path, from whatever a user writes to the desired objects."""

from __future__ import annotations

import copy
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from microservice_operator.errors import Invalid, SettingsError
from microservice_operator.model import understand
from microservice_operator.model.app import titled
from microservice_operator.model.labels import TRACK
from microservice_operator.plan import digest
from microservice_operator.platform import settings as platform_settings
from microservice_operator.resources import desired
from tests import apps, specs
from tests.oracles import unrestricted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.model import Manifest

Body = dict[str, Any]
DNS_1035 = re.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
IDENTITY = {"apiVersion", "kind", "metadata"}

slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def manifests(body: Body) -> list[Manifest]:
    """What must exist for this Microservice."""
    return desired(understand(body, apps.OPEN))


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every part of a document stands."""
    yield at
    match value:
        case dict():
            steps = list(value.items())
        case list():
            steps = list(enumerate(value))
        case _:
            steps = []
    for step, part in steps:
        yield from paths(part, (*at, step))


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A Microservice with something else in one place."""
    body = copy.deepcopy(draw(specs.bodies()))
    *outer, last = draw(st.sampled_from([path for path in paths(body) if path]))
    place = body
    for step in outer:
        place = place[step]
    place[last] = draw(specs.JSON)
    return body


@slow
@given(specs.JSON.filter(lambda document: isinstance(document, dict)) | damaged())
def test_whatever_comes_in_is_understood_or_invalid(body: Body) -> None:
    """A document of a user must never look like a defect of ours."""
    for defaults in ({}, {"health": {"path": "/healthz"}, "podLabels": {"team": "shop"}}):
        with suppress(Invalid):
            desired(understand(body, replace(apps.OPEN, defaults=defaults)))


@given(specs.JSON | st.dictionaries(st.just("defaults"), specs.JSON | specs.specs()))
def test_whatever_settings_say_they_are_read_or_refused(document: Any) -> None:
    """An administrator gets a sentence, never a traceback."""
    with suppress(SettingsError):
        platform_settings(document)


@slow
@given(specs.specs(), specs.specs())
def test_defaults_and_spec_together_are_understood_or_invalid(defaults: Body, spec: Body) -> None:
    """Two halves that are right alone may not fit together; then the user is told."""
    with suppress(Invalid):
        desired(understand(apps.body(**spec), replace(apps.OPEN, defaults=defaults)))


@slow
@given(specs.bodies())
def test_desired_objects_are_deterministic(body: Body) -> None:
    """The same spec gives the same objects, or every pass would find a difference."""
    assert manifests(body) == manifests(copy.deepcopy(body))


@given(st.permutations([f"example.com/{letter}" for letter in "abcde"]))
def test_the_order_of_maps_means_nothing(keys: list[str]) -> None:
    """Maps have no order in Kubernetes, so another one must not look like a change."""
    entries = dict.fromkeys(sorted(keys), "1")
    shuffled = dict.fromkeys(keys, "1")

    def digests(given: dict[str, str]) -> list[str]:
        resources, placement = {"requests": given, "limits": given}, {"nodeSelector": given}
        app = apps.app(
            podLabels=given, podAnnotations=given, resources=resources, placement=placement
        )
        return [digest(manifest) for manifest in desired(app)]

    assert digests(shuffled) == digests(entries)


@slow
@given(specs.bodies())
@example(apps.body("a", versions=[{"name": "v2", "image": "a"}]))
def test_every_child_is_complete_and_named_after_its_microservice(body: Body) -> None:
    """Children are found by name, in the namespace of their Microservice, and owned by it."""
    for manifest in manifests(body):
        name, track = manifest["metadata"]["name"], manifest["metadata"]["labels"][TRACK]
        hers = titled(body["metadata"]["name"], track)
        assert name == hers or (manifest["kind"] == "ConfigMap" and name.startswith(f"{hers}-"))
        assert DNS_1035.fullmatch(manifest["metadata"]["name"])
        assert manifest["metadata"]["namespace"] == apps.NAMESPACE
        assert manifest["metadata"]["ownerReferences"][0]["uid"] == apps.UID
        assert all(len(value) <= 63 for value in manifest["metadata"]["labels"].values())


@slow
@given(specs.bodies())
def test_every_pod_meets_the_restricted_standard(body: Body) -> None:
    """No spec can be written that a namespace with `enforce: restricted` refuses."""
    assert unrestricted(apps.template(understand(body, apps.OPEN))) == []


@slow
@given(specs.bodies())
def test_every_container_port_is_named_once_and_briefly(body: Body) -> None:
    """The server takes port names of at most 15 characters, each once in a pod."""
    ports = apps.container(understand(body, apps.OPEN)).get("ports", [])
    names = [port["name"] for port in ports]

    assert len(names) == len(set(names))
    assert len(ports) == len({(port["containerPort"], port["protocol"]) for port in ports})
    assert all(re.fullmatch("[a-z0-9-]{1,15}", name) for name in names)
