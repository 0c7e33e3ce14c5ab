"""How much each pod lets in."""

from __future__ import annotations

from typing import Any

import pytest

from tests import apps

LIMIT = {"requests": 100, "per": "Minute"}


def limited(**spec: Any) -> dict[str, Any]:
    """The filter of an app, as its proxies get it."""
    [patch] = apps.children(apps.meshed(**spec))["EnvoyFilter"]["spec"]["configPatches"]
    found: dict[str, Any] = patch["patch"]["value"]["typed_config"]
    return found


@pytest.mark.parametrize(
    ("limit", "spec", "bucket"),
    [
        ({}, {"replicas": 3}, (100, 100, "60s")),
        ({"burst": 20}, {}, (20, 100, "60s")),
        ({"scope": "Service"}, {"replicas": 3}, (34, 100, "180s")),
        ({"scope": "Service", "burst": 1}, {"replicas": 3}, (1, 100, "180s")),
        ({"scope": "Service"}, {"replicas": 0}, (100, 100, "60s")),
        ({"per": "Hour", "scope": "Service"}, {"scaling": {"max": 4}}, (25, 100, "14400s")),
        ({"per": "Second"}, {}, (100, 100, "1s")),
    ],
    ids=["pod", "burst", "service", "small", "none", "autoscaled", "second"],
)
def test_what_all_may_have_is_shared_by_as_many_as_there_may_be(
    limit: dict[str, Any], spec: dict[str, Any], bucket: tuple[int, int, str]
) -> None:
    """Exactly, by the time; and never by the number of pods that run just now."""
    resources = {"requests": {"cpu": "100m"}}
    found = limited(**spec, resources=resources, resilience={"rateLimit": {**LIMIT, **limit}})

    assert tuple(found["token_bucket"].values()) == bucket


@pytest.mark.parametrize(
    ("requests", "per", "wait"),
    [(100, "Second", "1"), (100, "Minute", "1"), (1, "Minute", "60"), (7, "Hour", "515")],
)
def test_who_is_turned_away_is_told_when_to_come_again(requests: int, per: str, wait: str) -> None:
    """Not before the next request can be let in."""
    found = limited(resilience={"rateLimit": {"requests": requests, "per": per}})

    [header] = found["response_headers_to_add"]

    assert header["header"] == {"key": "retry-after", "value": wait}


@pytest.mark.parametrize(
    ("scope", "replicas", "interval"),
    [("Service", 2, "180s"), ("Service", 0, "60s"), ("Pod", 2, "60s")],
)
def test_all_versions_share_what_the_service_lets_in(
    scope: str, replicas: int, interval: str
) -> None:
    """Each of three pods a third, whichever version it runs; else each pod as much as is said."""
    versions = [{"name": "v2", "image": "registry.example/orders:2", "replicas": 1}]
    limit = {**LIMIT, "scope": scope}
    app = apps.meshed(replicas=replicas, versions=versions, resilience={"rateLimit": limit})

    filters = [apps.children(app)[name] for name in ("EnvoyFilter", "EnvoyFilter-v2")]

    tracks = [
        each["spec"]["workloadSelector"]["labels"]["microservices.dev/track"] for each in filters
    ]
    intervals = [
        each["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]["token_bucket"][
            "fill_interval"
        ]
        for each in filters
    ]
    assert tracks == ["stable", "v2"]
    assert intervals == [interval, interval]


def test_without_a_limit_there_is_no_filter() -> None:
    """The proxies stay as the mesh has made them."""
    assert "EnvoyFilter" not in apps.children(apps.meshed(resilience={"timeout": "1s"}))
