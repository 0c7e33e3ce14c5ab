"""Companions: containers beside the application's, and the order in which they start."""

from __future__ import annotations

from typing import Any

from microservice_operator.model import understand
from microservice_operator.platform import Settings
from tests import apps
from tests.apps import container, template
from tests.oracles import unrestricted

TMP = "/tmp"  # noqa: S108  the pod's own


def companion(name: str, **more: Any) -> dict[str, Any]:
    """A container of `init` or `sidecars`."""
    return {"name": name, "image": f"registry.example/{name}:1", **more}


def companions(**spec: Any) -> list[dict[str, Any]]:
    """The containers that start before the application's."""
    found: list[dict[str, Any]] = template(apps.app(**spec))["spec"]["initContainers"]
    return found


def test_sidecars_start_before_the_steps_and_stay() -> None:
    """So that a migration can use the proxy of the database."""
    found = companions(
        init=[companion("migrate"), companion("warm")],
        sidecars=[companion("proxy"), companion("agent")],
    )

    assert [(each["name"], each.get("restartPolicy")) for each in found] == [
        ("proxy", "Always"),
        ("agent", "Always"),
        ("migrate", None),
        ("warm", None),
    ]


def test_every_companion_is_restricted() -> None:
    """As the application is."""
    app = apps.app(init=[companion("migrate")], sidecars=[companion("proxy")])

    assert unrestricted(template(app)) == []
    contexts = [each["securityContext"] for each in template(app)["spec"]["initContainers"]]
    assert contexts == [container(app)["securityContext"]] * 2


def test_every_companion_has_a_tmp_of_its_own() -> None:
    """Unless it mounts something there."""
    app = apps.app(
        mounts=[{"name": "cache", "path": "/cache", "empty": {}}],
        init=[companion("migrate", mounts=[{"name": "cache", "path": TMP}])],
        sidecars=[companion("proxy")],
    )

    proxy, migrate = template(app)["spec"]["initContainers"]
    assert proxy["volumeMounts"] == [{"name": "tmp-proxy", "mountPath": TMP}]
    assert migrate["volumeMounts"] == [{"name": "cache", "mountPath": TMP}]
    names = [each["name"] for each in template(app)["spec"]["volumes"]]
    assert sorted(names) == ["cache", "tmp", "tmp-proxy"]


def test_what_the_user_says_about_a_companion_arrives() -> None:
    """Blocks of Kubernetes' own shape pass through as they were written."""
    said: dict[str, Any] = {
        "command": ["/proxy"],
        "args": ["--fast"],
        "env": [{"name": "LEVEL", "value": "info"}],
        "envFrom": [{"secretRef": {"name": "database"}}],
        "resources": {"limits": {"memory": "64Mi"}},
    }
    [proxy] = companions(sidecars=[companion("proxy", **said, ports=[{"name": "a", "port": 9}])])

    assert said.items() <= proxy.items()
    assert proxy["ports"] == [{"name": "a", "containerPort": 9, "protocol": "TCP"}]


def test_what_is_not_said_is_left_to_the_server() -> None:
    """PORT and the probes are the application's alone."""
    [step] = companions(init=[companion("migrate")])

    assert step.keys() == {"name", "image", "securityContext", "volumeMounts"}


def test_defaults_for_the_application_are_not_for_its_companions() -> None:
    """A platform that gives companions something says so under their names."""
    defaults = {
        "resources": {"requests": {"cpu": "100m"}},
        "sidecars": [companion("agent")],
    }
    body = apps.body(sidecars=[companion("proxy")])

    found = template(understand(body, Settings(defaults)))["spec"]["initContainers"]

    assert [each["name"] for each in found] == ["agent", "proxy"]
    assert not any("resources" in each for each in found)
