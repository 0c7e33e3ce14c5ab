"""What is ours is taken back, and what others own stays theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.damage import content
from tests.integration.patches import add, remove, replace
from tests.integration.richest import KINDS, having
from tests.integration.world import ONE_OF_EACH, named

if TYPE_CHECKING:
    from tests.integration.world import World


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "mark_of_ours",
    [
        "/metadata/labels/app.kubernetes.io~1managed-by",
        "/metadata/labels",
        "/metadata/ownerReferences",
    ],
    ids=["managed-by", "labels", "owner"],
)
def test_a_child_without_our_marks_is_taken_back(
    world: World, kind: str, mark_of_ours: str
) -> None:
    """It is the same object, complete again."""
    world.ready(**having(kind, {"replicas": 0, **ONE_OF_EACH}))
    before = content(world.the(kind, named(kind)))

    world.patch(kind, remove(mark_of_ours), name=named(kind))

    world.await_object(kind, lambda it: content(it) == before, named(kind))
    world.await_condition("Ready", "True")


def test_what_others_own_stays_theirs(world: World) -> None:
    """Labels, annotations, a restart, a sidecar with its volume and variable: none is ours."""
    world.ready(replicas=0)
    pod = "/spec/template/spec"
    mounts = [{"name": "certs", "mountPath": "/certs"}]
    sidecar = {"name": "proxy", "image": "proxy", "volumeMounts": mounts}
    metadata = {"name": "orders", "labels": {"gitops": "yes"}, "annotations": {"gitops": "yes"}}
    world.kubectl("rollout", "restart", "deployment/orders")
    world.apply_as(
        "gitops",
        "deployments",
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata},
    )
    injected = world.patch(
        "deployments",
        [
            *add(f"{pod}/containers/-", sidecar),
            *add(f"{pod}/volumes/-", {"name": "certs", "emptyDir": {}}),
            *add(f"{pod}/containers/0/env/-", {"name": "TRACE", "value": "on"}),
        ],
        manager="injector",
    )

    world.settle()
    assert content(world.the("deployments")) == content(injected)
    assert world.notes("DriftRepaired") == []

    world.patch("deployments", replace(f"{pod}/containers/0/image", "evil"))
    healed = world.await_object("deployments", lambda it: "evil" not in json.dumps(it["spec"]))
    assert content(healed) == content(injected)
    assert healed["metadata"]["annotations"]["gitops"] == "yes"

    world.ready(image="registry.example/app:2", replicas=0)
    after = world.the("deployments")["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in after["metadata"]["annotations"]
    assert [each["name"] for each in after["spec"]["containers"]] == ["app", "proxy"]
    assert [each["name"] for each in after["spec"]["volumes"]] == ["tmp", "certs"]
    assert [each["name"] for each in after["spec"]["containers"][0]["env"]] == ["PORT", "TRACE"]
