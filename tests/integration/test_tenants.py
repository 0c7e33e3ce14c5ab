"""Somebody who may write Microservices in one namespace, and nothing else, wants more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.world import USER, condition

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from tests.integration.process import Process
    from tests.integration.world import Manifest, World

TENANT = "mallory"
SHARED = {"microservices.dev/shared-config": "true"}
TOKEN = {"serviceAccountToken": "Mounted"}
# Each tries to come closer to the node than the API has words for.
OF_THE_NODE: list[dict[str, Any]] = [
    {"hostNetwork": True},
    {"hostPID": True},
    {"nodeName": "node-1"},
    {"securityContext": {"privileged": True}},
    {"serviceAccount": "deployer"},
    {"volumes": [{"name": "a", "hostPath": {"path": "/"}}]},
    {"mounts": [{"name": "a", "path": "/a", "hostPath": {"path": "/"}}]},
    {"mounts": [{"name": "a", "path": "/a/../../proc", "empty": {}}]},
    {"config": {"files": {"../a": "b"}}},
    {"config": {"files": {"a": "b"}, "mountPath": "/a/../proc"}},
    {"ports": [{"name": "a", "port": 80, "hostPort": 80}]},
    {"sidecars": [{"name": "a", "image": "a", "ports": [{"name": "a", "port": 9, "hostPort": 9}]}]},
    {"init": [{"name": "a", "image": "a", "securityContext": {"privileged": True}}]},
    {"health": {"readiness": {"httpGet": {"port": 80, "host": "169.254.169.254"}}}},
    {"podAnnotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"}},
    {"podAnnotations": {"k8s.v1.cni.cncf.io/networks": "victim/host-device"}},
    {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.volumes"}}}]},
]
WORDS = ("host", "hostNetwork", "hostPID", "hostPath", "hostPort", "nodeName", "privileged")


def _tenant(world: World) -> Callable[..., CompletedProcess[str]]:
    """What kubectl does for somebody with this one right."""
    verbs = "--verb=get,list,watch,create,update,patch,delete"
    world.kubectl("create", "role", TENANT, verbs, "--resource=microservices")
    world.kubectl("create", "rolebinding", TENANT, f"--role={TENANT}", f"--user={TENANT}")
    world.cluster.kubectl.await_right(TENANT, "patch", "microservices", world.namespace)

    def apply(
        spec: Manifest, name: str = "orders", validate: str = "strict", **metadata: str
    ) -> CompletedProcess[str]:
        manifest = {
            "apiVersion": "microservices.dev/v1alpha1",
            "kind": "Microservice",
            "metadata": {"name": name, "namespace": world.namespace, **metadata},
            "spec": {"image": "registry.example/app:1", **spec},
        }
        command = ("apply", "--server-side", f"--validate={validate}", f"--as={TENANT}", "-f", "-")
        return world.cluster.kubectl(*command, input=json.dumps(manifest), check=False)

    return apply


@pytest.mark.parametrize("account", ["deployer", "default"])
def test_a_name_gives_nobody_the_rights_of_an_account(world: World, account: str) -> None:
    """A Microservice is called like a mighty account: it gets no pod until the name is free."""
    apply = _tenant(world)
    if account == "deployer":
        world.create("serviceaccounts", {"metadata": {"name": account}})
    spec = {**TOKEN, "replicas": 2}

    assert apply(spec, account).returncode == 0
    found = world.await_condition("Applied", "False", "NameTaken", name=account)
    world.settle()

    assert "ServiceAccount" in condition(found, "Ready")["message"]
    assert world.get("deployments", account) is None
    assert apply({**spec, "serviceAccountName": account}, account).returncode == 0
    if account == "default":  # the only one that this platform allows
        world.await_condition("Applied", "True", name=account)
        return
    world.await_condition("Applied", "False", "Forbidden", name=account)
    world.settle()
    assert world.get("deployments", account) is None
    assert [it for it in world.all("pods") if it["spec"]["serviceAccountName"] == account] == []
    world.delete("serviceaccounts", account)
    assert apply(spec, account).returncode == 0
    world.await_condition("Ready", "True", name=account)


@pytest.mark.parametrize("spec", OF_THE_NODE, ids=json.dumps)
def test_nothing_of_the_node_can_be_written(world: World, spec: dict[str, Any]) -> None:
    """The API has no word for it: the server refuses it, or drops it for who insists."""
    apply = _tenant(world)

    assert apply(spec).returncode != 0
    assert world.get("microservices", "orders") is None
    if apply(spec, validate="ignore").returncode == 0:
        world.await_condition("Applied", "True")
        kept = json.dumps([world.the("microservices")["spec"], world.the("deployments")["spec"]])
        assert not [word for word in WORDS if f'"{word}"' in kept]


def test_another_namespace_is_out_of_reach(
    spare_operator: Process, spare_world: Callable[..., World]
) -> None:
    """By no name and no reference does the operator do there what the tenant may not do."""
    victim = spare_world("tenants-victim", spare_operator)
    victim.ready(replicas=0, allowFrom=[])
    there = {"metadata": {"name": "settings", "labels": SHARED}, "data": {"PASSWORD": "secret"}}
    victim.create("configmaps", there)
    victim.settle()
    world = spare_world("tenants-mallory", spare_operator)
    apply, mark = _tenant(world), victim.mark()
    before = {kind: it["metadata"]["resourceVersion"] for kind, it in victim.children().items()}
    peer = {"service": "orders", "namespace": victim.namespace}
    spec = {"calls": [peer], "allowFrom": [peer, {"namespace": victim.namespace}], "replicas": 0}

    assert "forbidden" in apply(spec, namespace=victim.namespace).stderr
    assert apply({**spec, "config": {"shared": ["settings"]}}).returncode == 0
    found = world.await_condition("Applied", "False", "ConfigMissing")
    world.settle()
    assert apply(spec).returncode == 0
    world.await_condition("Applied", "True")

    assert "secret" not in json.dumps([found, *world.children().values()])
    policy = world.the("networkpolicies")["spec"]
    assert policy["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "orders"
    assert victim.requests(mark) == []
    assert {
        kind: it["metadata"]["resourceVersion"] for kind, it in victim.children().items()
    } == before
    asked = world.cluster.audit.requests(user=USER, since=mark)
    # Others are there as well: namespaces of earlier tests empty for a while.
    named = {r.namespace for r in asked if r.name and r.resource != "events"}
    assert world.namespace in named
    assert victim.namespace not in named
    assert not [r for r in asked if r.resource in {"nodes", "namespaces", "secrets"}]
