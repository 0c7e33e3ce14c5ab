"""Configuration where it ends up: in the environment and in the files of running containers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.e2e.workloads import config_map, secret

if TYPE_CHECKING:
    from tests.e2e.place import Place

pytestmark = pytest.mark.usefixtures("operator")

SHORT = {"shutdown": {"drain": "1s"}}
LONGEST_SYNC = 150  # a kubelet looks once a minute, and takes what it has read a while ago


def test_a_changed_file_appears_in_the_same_pod(place: Place) -> None:
    """With `Reload` nothing is restarted."""

    def config(greeting: str) -> dict[str, object]:
        return {"files": {"greeting.txt": greeting}, "onChange": "Reload"}

    place.microservice(config=config("hello"))
    place.ready()
    pods = place.names()
    place.serves()
    assert place.ask("file?path=/config/greeting.txt") == (200, "hello")

    place.microservice(config=config("welcome"))

    wait_until(
        lambda: place.ask("file?path=/config/greeting.txt") == (200, "welcome"),
        "the new content",
        LONGEST_SYNC,
    )
    place.ready()
    assert place.names() == pods


def test_a_shared_map_reaches_all_who_name_it(place: Place) -> None:
    """One change, and every service that names the map is rolled out with it; others are not."""
    shared = {"microservices.dev/shared-config": "true"}
    place.bed.apply(config_map("shop", {"REGION": "eu"}, shared), place.namespace)
    for name in ("one", "two"):
        place.microservice(name, config={"shared": ["shop"]}, health=SHORT)
    place.microservice("three", health=SHORT)
    for name in ("one", "two", "three"):
        place.ready(name)
        place.serves(name)
    alone = place.names("three")
    assert all(_tells(place, name, "eu") for name in ("one", "two"))

    place.bed.apply(config_map("shop", {"REGION": "us"}, shared), place.namespace)

    for name in ("one", "two"):
        wait_until(partial(_tells, place, name, "us"), f"{name} to know", 60)
        place.ready(name)
    assert place.names("three") == alone


def test_the_environment_comes_from_where_the_spec_says(place: Place) -> None:
    """Values, Secrets, ConfigMaps, the pod itself; and `env` wins."""
    place.bed.apply(
        [secret("database", {"PASSWORD": "open"}), config_map("more", {"A": "1", "B": "2"})],
        place.namespace,
    )
    field = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    key = {"secretKeyRef": {"name": "database", "key": "PASSWORD"}}

    place.microservice(
        env=[
            {"name": "A", "value": "own"},
            {"name": "HERE", "valueFrom": field},
            {"name": "KEY", "valueFrom": key},
        ],
        envFrom=[{"configMapRef": {"name": "more"}}, {"secretRef": {"name": "database"}}],
    )
    place.ready()

    place.serves()
    names = ("A", "B", "HERE", "KEY", "PASSWORD", "PORT")
    seen = [str(place.ask(f"env?name={name}")[1]) for name in names]
    assert seen == ["own", "2", place.namespace, "open", "open", "8080"]


def _tells(place: Place, name: str, region: str) -> bool:
    return place.ask("env?name=REGION", name) == (200, region)
