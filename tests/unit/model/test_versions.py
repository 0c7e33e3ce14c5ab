"""What a version is: the spec, with what the version says itself laid over it."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.errors import Forbidden, Invalid
from microservice_operator.model import App, understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import settings
from tests import apps

NEW = "registry.example/orders:2.0.0"
CPU = {"requests": {"cpu": "100m"}}


def version(said: dict[str, Any], **spec: Any) -> App:
    """The one other version of an app."""
    [found] = apps.meshed(**spec, versions=[{"name": "v2", "image": NEW, **said}]).versions
    return found


def test_what_it_does_not_say_is_as_the_spec_says() -> None:
    """But for its image, its name and its address."""
    found = version({}, replicas=3, args=["--fast"], resilience={"timeout": "1s"})

    assert (found.image, found.version, found.track) == (NEW, "v2", "v2")
    assert (found.name, found.title) == ("orders", "orders-v2")
    assert found.mesh.host == "orders-v2.shop.svc.cluster.local"
    assert (found.replicas, found.args) == (3, ("--fast",))
    assert found.identity == apps.meshed().identity


def test_variables_merge_and_all_else_replaces() -> None:
    """The others stay where they were."""
    found = version(
        {"env": [{"name": "B", "value": "2"}, {"name": "C"}], "args": [], "resources": CPU},
        env=[{"name": "B", "value": "1"}, {"name": "A"}],
        args=["--fast"],
        resources={"limits": {"memory": "1Gi"}},
    )

    assert [each for each in found.env if each["name"] != "PORT"] == [
        {"name": "B", "value": "2"},
        {"name": "A"},
        {"name": "C"},
    ]
    assert (found.args, found.resources) == ((), CPU)


def test_its_configuration_lies_over_every_environment() -> None:
    """In a ConfigMap of its own; that of the others is as it was."""
    config = {"data": {"A": "1", "B": "1"}, "environments": {"prod": {"data": {"B": "2"}}}}
    app = apps.meshed(
        config=config, versions=[{"name": "v2", "image": NEW, "config": {"data": {"B": "3"}}}]
    )

    assert app.config.data == {"A": "1", "B": "2"}
    assert app.versions[0].config.data == {"A": "1", "B": "3"}
    assert app.versions[0].config.data_map.startswith("orders-v2-config-")


@pytest.mark.parametrize(
    ("said", "scaled", "replicas"),
    [({}, 5, 9), ({"replicas": 2}, None, 2), ({"scaling": {"max": 7}}, 7, 1)],
    ids=["nothing", "replicas", "scaling"],
)
def test_how_many_pods_it_has(said: dict[str, Any], scaled: int | None, replicas: int) -> None:
    """Whoever says a number has no autoscaler, even if the spec has one; else it is inherited."""
    found = version(said, scaling={"max": 5}, replicas=9, resources=CPU)

    assert (found.scaling and found.scaling.max) == scaled
    assert found.replicas == replicas


def test_what_it_cannot_have_is_told_with_its_name() -> None:
    """The words alone would be about the spec."""
    with pytest.raises(Invalid, match=r"spec.versions\[v2\], .*spec.resources.requests.cpu"):
        version({"scaling": {"max": 2}})


def test_its_secrets_are_judged_like_all_others() -> None:
    """No version is a way around what the platform allows."""
    secret = {"valueFrom": {"secretKeyRef": {"name": "payments", "key": "a"}}}
    body = apps.body(versions=[{"name": "v2", "image": NEW, "env": [{"name": "A", **secret}]}])

    with pytest.raises(Forbidden, match=r"spec.versions\[0\].env\[0\].valueFrom.secretKeyRef"):
        understand(body, settings({"tenancy": {"secrets": []}}))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, ""),
        ({"weight": 0}, ""),
        ({"weight": 1}, "`versions` needs a mesh"),
        ({"match": [{"query": [{"name": "a", "exact": "x"}]}]}, "`versions` needs a mesh"),
    ],
    ids=str,
)
def test_without_a_mesh_only_traffic_is_missing(said: dict[str, Any], words: str) -> None:
    """A version that asks for no requests is as good there."""
    app = apps.app(versions=[{"name": "v2", "image": NEW, **said}])

    assert bool(app.mesh.lacking) == bool(words)
    assert words in app.mesh.lacking
    assert len(app.versions) == 1


def test_a_mesh_is_missed_for_all_that_needs_one() -> None:
    """In one sentence."""
    app = apps.app(
        versions=[{"name": "v2", "image": NEW, "weight": 1}],
        resilience={"timeout": "1s"},
        security={"mtls": "Strict"},
    )

    assert "`resilience`, `security` and `versions` need a mesh" in app.mesh.lacking


def test_who_has_arrived_is_a_fact() -> None:
    """Nobody is kept waiting while nobody looks."""
    body = apps.body(versions=[{"name": "v2", "image": NEW}])

    app = understand(body, apps.OPEN, Facts(arrived={"orders"}))
    assert [track.arrived for track in app.tracks] == [True, False]

    app = understand(body, apps.OPEN)
    assert [track.arrived for track in app.tracks] == [True, True]
