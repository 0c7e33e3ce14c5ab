"""Folders: what is mounted where, and what becomes of /tmp."""

from __future__ import annotations

from typing import Any

import pytest

from tests import apps
from tests.apps import children, container, template

TMP = "/tmp"  # noqa: S108  the pod's own


def mount(name: str, path: str, **source: Any) -> dict[str, Any]:
    """A folder of the spec."""
    return {"name": name, "path": path, **(source or {"empty": {}})}


def volumes(**spec: Any) -> dict[str, Any]:
    """The volumes of the pod, by name."""
    found = template(apps.app(**spec))["spec"]["volumes"]
    return {each["name"]: {k: v for k, v in each.items() if k != "name"} for each in found}


def strategy(*mounts: dict[str, Any]) -> str:
    """How the pods of such an app are replaced."""
    kind: str = children(apps.app(mounts=list(mounts)))["Deployment"]["spec"]["strategy"]["type"]
    return kind


@pytest.mark.parametrize(
    ("source", "volume"),
    [
        ({"secret": "a"}, {"secret": {"secretName": "a"}}),
        ({"configMap": "a"}, {"configMap": {"name": "a"}}),
        ({"claim": "a"}, {"persistentVolumeClaim": {"claimName": "a"}}),
        ({"empty": {}}, {"emptyDir": {}}),
        (
            {"empty": {"medium": "Memory", "sizeLimit": "1Gi"}},
            {"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
        ),
    ],
)
def test_a_folder_is_a_volume_that_is_mounted_whole(
    source: dict[str, Any], volume: dict[str, Any]
) -> None:
    """A part of it would never see an update."""
    spec: dict[str, Any] = {"mounts": [mount("data", "/data", **source)]}

    assert volumes(**spec)["data"] == volume
    assert container(apps.app(**spec))["volumeMounts"][1:] == [
        {"name": "data", "mountPath": "/data"}
    ]


def test_a_folder_at_tmp_replaces_the_own_one() -> None:
    """Two volumes cannot be mounted at one place."""
    spec: dict[str, Any] = {"mounts": [mount("scratch", TMP)]}

    assert volumes(**spec).keys() == {"scratch"}
    assert container(apps.app(**spec))["volumeMounts"] == [{"name": "scratch", "mountPath": TMP}]


def test_a_folder_for_reading_is_for_reading_everywhere() -> None:
    """A step cannot write to what the spec protects, and may protect more for itself."""
    mounts = [mount("safe", "/safe", claim="a", readOnly=True), mount("open", "/open")]
    wanted = [{"name": name, "path": f"/{name}"} for name in ("safe", "open")]
    steps = [
        {"name": "one", "image": "a", "mounts": wanted},
        {"name": "two", "image": "a", "mounts": [{**wanted[1], "readOnly": True}]},
    ]
    app = apps.app(mounts=mounts, init=steps)

    one, two = template(app)["spec"]["initContainers"]
    assert [each.get("readOnly") for each in container(app)["volumeMounts"]] == [None, True, None]
    assert [each.get("readOnly") for each in one["volumeMounts"]] == [None, True, None]
    assert [each.get("readOnly") for each in two["volumeMounts"]] == [None, True]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "Recreate"),
        ({"shared": False}, "Recreate"),
        ({"shared": True}, "RollingUpdate"),
        ({"readOnly": True}, "RollingUpdate"),
    ],
)
def test_only_one_writer_means_that_the_old_pod_leaves_first(
    more: dict[str, Any], kind: str
) -> None:
    """A new pod would wait for the volume, and the old one for the new pod."""
    assert strategy(mount("data", "/data", claim="data", **more)) == kind


def test_other_folders_change_nothing_about_a_rollout() -> None:
    """One claim with one writer is enough, wherever it stands in the list."""
    folders = [mount("a", "/a", secret="a"), mount("b", "/b", configMap="b"), mount("c", "/c")]  # noqa: S106
    claims = [mount("d", "/d", claim="d", shared=True), mount("e", "/e", claim="e")]

    assert strategy(*folders) == "RollingUpdate"
    assert strategy(*folders, *claims) == "Recreate"


@pytest.mark.parametrize("more", [{}, {"shared": True}, {"readOnly": True}])
def test_a_claim_gives_the_pod_a_group(more: dict[str, Any]) -> None:
    """A fresh volume belongs to root, and no container runs as root."""
    mounts = [mount("data", "/data", claim="data", **more)]
    context = template(apps.app(mounts=mounts))["spec"]["securityContext"]

    assert (context["fsGroup"], context["fsGroupChangePolicy"]) == (10001, "OnRootMismatch")
    assert "fsGroup" not in template(apps.app())["spec"]["securityContext"]
