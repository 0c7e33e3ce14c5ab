"""Which old ConfigMaps may go, as the ReplicaSets of an app tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.api import Unreachable
from microservice_operator.engine.retention import outdated
from microservice_operator.errors import Away
from microservice_operator.model.labels import TRACK
from microservice_operator.plan import Key
from tests import apps
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, refused
from tests.unit.engine.world import failing

if TYPE_CHECKING:
    from collections.abc import Sequence


def replica_set(
    revision: int | None, *maps: str, track: str = "stable", **replicas: int
) -> dict[str, Any]:
    """One whose pods take variables from these maps."""
    marks = {} if revision is None else {"deployment.kubernetes.io/revision": str(revision)}
    container = {"name": "app", "envFrom": [{"configMapRef": {"name": name}} for name in maps]}
    return {
        "metadata": {"labels": {TRACK: track}} | ({"annotations": marks} if marks else {}),
        "spec": {"template": {"spec": {"containers": [container]}}} | replicas,
        "status": {"replicas": 0},
    }


def gone(replica_sets: Sequence[Any] | None, *surplus: str) -> set[str]:
    """Which of these maps may go when these are all ReplicaSets."""
    api = Answers(lambda _: {"items": replica_sets})
    keys = [Key("ConfigMap", name) for name in surplus]
    found = {key.name for key in run(outdated(api, apps.app(), keys))}
    [sent] = api.sent
    assert sent.path == "/apis/apps/v1/namespaces/shop/replicasets"
    return found


def test_the_present_one_and_three_before_it_keep_their_maps() -> None:
    """Revisions are numbers, in whatever order they are listed."""
    history = [replica_set(revision, f"m{revision}") for revision in (9, 11, 8, 7, 10)]

    assert gone(history, "m7", "m8", "m9", "m10") == {"m7"}


def test_each_track_has_a_history_of_its_own() -> None:
    """The releases of a version push none of the stable one out."""
    stable = [replica_set(1, "stable")]
    others = [replica_set(revision, f"m{revision}", track="v2") for revision in range(4, 9)]

    assert gone(stable + others, "stable", "m4", "m5") == {"m4"}


def test_who_has_pods_keeps_its_map() -> None:
    """However old it is, and whether they are wanted still or only there still."""
    old = [replica_set(1, "wanted", replicas=1), replica_set(2, "there"), replica_set(None, "none")]
    old[1]["status"]["replicas"] = 2
    newer = [replica_set(revision) for revision in range(3, 7)]

    assert gone(old + newer, "wanted", "there", "none") == {"none"}


def test_files_and_init_containers_count() -> None:
    """A map may be used in any of the ways in which we use one, and others in all ways."""
    found = replica_set(1)
    pod = found["spec"]["template"]["spec"]
    files = {"name": "files", "configMap": {"name": "files"}}
    pod["volumes"] = [{"name": "tmp", "emptyDir": {}}, files]
    secret = {"secretRef": {"name": "secret"}}
    pod["initContainers"] = [{"envFrom": [secret, {"configMapRef": {"name": "init"}}]}]

    assert gone([found], "files", "init", "secret") == {"secret"}


def test_without_replica_sets_nothing_is_used() -> None:
    """An empty list may come as null."""
    assert gone(None, "a") == gone([], "a") == {"a"}


@pytest.mark.parametrize("error", [refused(503), Unreachable("away")], ids=str)
def test_a_list_that_fails_lets_nothing_go(error: Exception) -> None:
    """The pass is repeated: without the list, any map may be needed."""
    with pytest.raises(Away):
        run(outdated(Answers(failing(error)), apps.app(), [Key("ConfigMap", "a")]))


def test_a_list_that_is_forbidden_holds_nothing_up() -> None:
    """A pass that insisted on it would never say how things stand."""
    api = Answers(failing(refused(403)))

    assert run(outdated(api, apps.app(), [Key("ConfigMap", "a")])) == frozenset()
