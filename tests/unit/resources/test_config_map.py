"""The ConfigMaps of an app, and how its pods find them."""

from __future__ import annotations

from microservice_operator.resources import config_map
from tests import apps


def test_nothing_to_keep_means_no_map() -> None:
    """Neither a map nor anything in the pods."""
    app = apps.app(config={"mountPath": "/etc/orders", "onChange": "Reload"})

    assert config_map.build(app) == []
    assert apps.template(app) == apps.template(apps.app())


def test_a_map_that_is_named_after_its_content_never_changes() -> None:
    """So the server refuses what would make its name a lie."""
    app = apps.app(config={"data": {"A": "1"}, "files": {"a": "1"}})

    data, files = config_map.build(app)

    assert (data["data"], data["immutable"]) == ({"A": "1"}, True)
    assert (files["data"], files["immutable"]) == ({"a": "1"}, True)


def test_files_that_are_reloaded_may_change() -> None:
    """And the variables beside them may not: a running process never sees new ones."""
    app = apps.app(config={"data": {"A": "1"}, "files": {"a": "1"}, "onChange": "Reload"})

    data, files = config_map.build(app)

    assert data["immutable"]
    assert "immutable" not in files


def test_the_pods_find_their_configuration() -> None:
    """Variables of `envFrom` and `env` win, because they come later; files are a folder."""
    app = apps.app(
        config={"data": {"A": "1"}, "files": {"a": "1"}, "mountPath": "/etc/orders"},
        envFrom=[{"secretRef": {"name": "orders"}}],
    )

    container, volumes = apps.container(app), apps.template(app)["spec"]["volumes"]

    assert container["envFrom"] == [
        {"configMapRef": {"name": app.config.data_map}},
        {"secretRef": {"name": "orders"}},
    ]
    [_, mount] = container["volumeMounts"]
    assert mount == {"name": "files", "mountPath": "/etc/orders", "readOnly": True}
    assert volumes[1:] == [{"name": "files", "configMap": {"name": app.config.files_map}}]


def test_only_reloaded_files_change_without_a_rollout() -> None:
    """The pod template names everything else by its content."""

    def template(mode: str, **config: dict[str, str]) -> object:
        whole = {"data": {"A": "1"}, "files": {"a": "1"}, "onChange": mode, **config}
        return apps.template(apps.app(config=whole))

    for mode, rolls in (("Rollout", True), ("Reload", False)):
        assert (template(mode) != template(mode, files={"a": "2"})) == rolls
        assert template(mode) != template(mode, data={"A": "2"})
