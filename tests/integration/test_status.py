"""What the status says when pods do not come up, and that it is never too early with good news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until
from tests.integration.world import condition
from tests.integration.writer import Refused

if TYPE_CHECKING:
    from tests.integration.world import World

BEHAVIOUR = "testbed.example/behaviour"


def _behaving(how: str) -> dict[str, Any]:
    return {"podAnnotations": {BEHAVIOUR: how}}


TROUBLES: dict[str, tuple[dict[str, Any], str, str]] = {
    "pull": (_behaving("pull-error"), "ImagePull", "Check `image` and `imagePullSecrets`."),
    "crash": (_behaving("crash"), "CrashLoop", "ended with code 1 and is started again and again"),
    "unready": (_behaving("unready"), "ProbeFailing", "runs but is not ready: check `health`"),
    "big": (
        {"resources": {"requests": {"cpu": "100k"}}},
        "Unschedulable",
        "Lower `resources.requests`",
    ),
}


def test_trouble_with_pods_is_named_and_its_end_noticed(world: World) -> None:
    """Reason and sentence say what to do; old pods serve while a new one fails."""
    world.ready("serving", replicas=2)
    for name, (spec, _, _) in TROUBLES.items():
        world.apply(name, **spec)
    world.apply("serving", replicas=2, image="bad", **_behaving("pull-error"))

    for name, (_, reason, words) in TROUBLES.items():
        found = world.await_condition("Available", "False", reason, name=name)
        assert words in condition(found, "Available")["message"]
        assert condition(found, "Ready")["reason"] == reason
        assert condition(found, "Applied")["status"] == "True"
        assert condition(found, "Reconciling")["status"] == "True"
    serving = world.await_condition("Available", "False", "ImagePull", name="serving")
    assert "bad" in condition(serving, "Available")["message"]
    assert serving["status"]["readyReplicas"] == 2

    for name in (*TROUBLES, "serving"):
        found = world.ready(name)
        assert not condition(found, "Reconciling")


def test_a_quota_without_room_for_a_child_is_named(world: World) -> None:
    """The child is refused in the server's words, others go on, and room is noticed."""
    _limit(world, {"count/services": "0"})
    world.apply(replicas=0)

    found = world.await_condition("Applied", "False", "QuotaExceeded")
    message = condition(found, "Ready")["message"]
    assert message.startswith("Service/orders does not fit in the namespace")
    assert "exceeded quota" in message
    assert condition(found, "Stalled")["reason"] == "QuotaExceeded"
    assert world.children().keys() == {"deployments", "serviceaccounts"}

    world.delete("resourcequotas", "limit")
    world.await_condition("Ready", "True")


def test_a_quota_without_room_for_pods_is_named(world: World) -> None:
    """The Deployment exists and cannot grow: that is a matter of its pods."""
    _limit(world, {"pods": "1"})
    world.apply(replicas=3)

    found = world.await_condition("Available", "False", "QuotaExceeded")

    assert "exceeded quota" in condition(found, "Available")["message"]
    assert condition(found, "Applied")["status"] == "True"
    world.ready(replicas=1)


def _limit(world: World, hard: dict[str, str]) -> None:
    """Set a quota, and wait until the API server goes by it: the status comes before that."""
    limits = {**hard, "count/secrets": "0"}
    world.create("resourcequotas", {"metadata": {"name": "limit"}, "spec": {"hard": limits}})

    def holds() -> bool:
        secret = {"metadata": {"name": "any"}}
        try:
            world.writer.request("POST", world.path("secrets"), secret, query={"dryRun": "All"})
        except Refused as error:
            return "exceeded quota" in str(error)
        return False

    wait_until(holds, "the quota to hold")


def test_pods_that_die_are_noticed(world: World) -> None:
    """Ready is lost while a pod misbehaves and comes back when it is well, without a new spec."""
    world.ready(replicas=1)
    [pod] = world.all("pods")
    name = pod["metadata"]["name"]
    world.kubectl("annotate", "pod", name, f"{BEHAVIOUR}=unready")

    world.await_condition("Ready", "False")

    world.kubectl("annotate", "pod", name, f"{BEHAVIOUR}-")
    world.await_condition("Ready", "True")


def test_no_pods_wanted_is_ready(world: World) -> None:
    """Whoever scales to zero and waits gets an answer."""
    found = world.ready(replicas=0)

    assert condition(found, "Available")["reason"] == "ScaledToZero"
    assert found["status"]["pods"] == "0/0"
