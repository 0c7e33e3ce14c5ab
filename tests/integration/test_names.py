"""A name that somebody else has: never taken by force, said clearly, used once it is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.world import CHILDREN, ONE_OF_EACH, USER, condition, named

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

HEALS_WITHIN = 15
CREATED = 201
LABELS = {"app": "stranger"}
MANAGED = {"app.kubernetes.io/managed-by": "microservice-operator"}
ADOPT = {"microservices.dev/adopt": "true"}
POD = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": "x"}]}}
SPECS: dict[str, Manifest] = {
    "authorizationpolicies": {"action": "DENY", "selector": {"matchLabels": LABELS}},
    "configmaps": {},
    "deployments": {"replicas": 0, "selector": {"matchLabels": LABELS}, "template": POD},
    "destinationrules": {"host": "stranger"},
    "envoyfilters": {"workloadSelector": {"labels": LABELS}},
    "telemetries": {"selector": {"matchLabels": LABELS}},
    "serviceentries": {
        "hosts": ["stranger.example"],
        "ports": [{"number": 7, "name": "http", "protocol": "HTTP"}],
        "resolution": "NONE",
    },
    "sidecars": {"workloadSelector": {"labels": LABELS}, "egress": [{"hosts": ["./*"]}]},
    "servicemonitors": {"selector": {"matchLabels": LABELS}, "endpoints": [{"port": "a"}]},
    "prometheusrules": {"groups": [{"name": "a", "rules": [{"record": "a", "expr": "1"}]}]},
    "peerauthentications": {"mtls": {"mode": "DISABLE"}},
    "virtualservices": {
        "hosts": ["stranger"],
        "http": [{"route": [{"destination": {"host": "stranger"}}]}],
    },
    "networkpolicies": {"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Ingress"]},
    "poddisruptionbudgets": {"maxUnavailable": 7, "selector": {"matchLabels": LABELS}},
    "serviceaccounts": {},
    "services": {"selector": LABELS, "ports": [{"port": 7}]},
}
EVERYTHING: dict[str, Any] = {"replicas": 0, **ONE_OF_EACH}
# Where a stranger holds up the first pods: none may read his files, run as he, or be open to those
# whom a policy of ours would keep out.
POLICIES = ("authorizationpolicies", "networkpolicies", "peerauthentications")
HOLDING = ("configmaps", "serviceaccounts", *POLICIES)
WAITING = {kind: {"deployments"} for kind in HOLDING}
OWNERS = ("nobody", "another", "label")


def _stranger(kind: str, name: str, **metadata: Any) -> Manifest:
    spec = {"spec": SPECS[kind]} if SPECS[kind] else {}
    return {"metadata": {"name": name, **metadata}, **spec}


def _content(found: Manifest) -> Manifest:
    """What nobody but its owner may change; controllers write status and annotations."""
    metadata = found["metadata"]
    kept = {key: metadata.get(key) for key in ("uid", "labels", "ownerReferences", "generation")}
    return {"metadata": kept, "spec": found.get("spec")}


def _strangers(world: World, kind: str) -> dict[str, Manifest]:
    """One that nobody owns, one that another object owns, and one that carries our label."""
    owner = world.create("configmaps", {"metadata": {"name": "owner"}})
    reference = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "owner",
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }
    world.create(kind, _stranger(kind, named(kind, "nobody")))
    world.create(kind, _stranger(kind, named(kind, "another"), ownerReferences=[reference]))
    world.create(kind, _stranger(kind, named(kind, "label"), labels=MANAGED))
    return {name: _content(world.the(kind, named(kind, name))) for name in OWNERS}


def _taken_after(world: World, kind: str, name: str, mark: int) -> float:
    """How many seconds after its end an object was followed by ours."""
    here = {"namespace": world.namespace, "resource": kind, "name": name}
    [freed] = world.cluster.audit.requests(since=mark, verb="delete", **here)
    [taken] = world.cluster.audit.requests(since=mark, user=USER, code=CREATED, **here)
    return (taken.received - freed.received).total_seconds()


@pytest.mark.parametrize("kind", CHILDREN)
def test_a_taken_name_is_reported_and_left_alone(world: World, kind: str) -> None:
    """The stranger stays as it is, other children go on, and its end is noticed."""
    strangers = _strangers(world, kind)
    mark = world.mark()
    for name in OWNERS:
        world.apply(name, **EVERYTHING)

    for name in OWNERS:
        found = world.await_condition("Applied", "False", "NameTaken", name=name)
        assert condition(found, "Stalled")["reason"] == "NameTaken"
        owner = "ConfigMap/owner" if name == "another" else "nobody"
        assert (
            f"/{named(kind, name)} exists already and belongs to {owner}"
            in condition(found, "Ready")["message"]
        )
        assert _content(world.the(kind, named(kind, name))) == strangers[name]
        others = world.children(name).keys() - {kind}
        assert others == set(CHILDREN) - {kind} - WAITING.get(kind, set()), "others do not wait"

    for name in OWNERS:
        world.delete(kind, named(kind, name))
    for name in OWNERS:
        found = world.await_condition("Ready", "True", name=name)
        assert not condition(found, "Stalled")
        assert _taken_after(world, kind, named(kind, name), mark) < HEALS_WITHIN
    hits = world.cluster.audit.requests(since=mark, user=USER, resource=kind, code=200)
    assert not [hit for hit in hits if hit.namespace == world.namespace and hit.verb == "patch"]


@pytest.mark.parametrize("kind", [kind for kind in CHILDREN if kind != "deployments"])
def test_a_stranger_that_is_offered_is_adopted(world: World, kind: str) -> None:
    """The annotation says so: the same object becomes a child, and an Event tells of it."""
    stranger = world.create(kind, _stranger(kind, named(kind), annotations=ADOPT))

    microservice = world.ready(**EVERYTHING)

    adopted = world.the(kind, named(kind))
    assert adopted["metadata"]["uid"] == stranger["metadata"]["uid"]
    [owner] = adopted["metadata"]["ownerReferences"]
    assert owner["uid"] == microservice["metadata"]["uid"]
    world.settle()
    assert world.notes("Adopted")
    mark = world.mark()
    world.process.restart()
    world.settle()
    assert world.requests(mark) == []


def test_an_offer_is_noticed_while_it_is_waited_for(world: World) -> None:
    """Whoever reads NameTaken can follow its advice without touching the Microservice."""
    world.create("services", _stranger("services", "orders"))
    world.apply(**EVERYTHING)
    world.await_condition("Applied", "False", "NameTaken")

    world.kubectl("annotate", "service/orders", "microservices.dev/adopt=true")

    world.await_condition("Ready", "True", timeout=HEALS_WITHIN)


def test_a_deployment_with_another_selector_cannot_be_adopted(world: World) -> None:
    """Its selector can never change: it stays as it is, and the condition says so."""
    world.create("deployments", _stranger("deployments", "orders", annotations=ADOPT))
    before = _content(world.the("deployments"))

    world.apply(**EVERYTHING)

    found = world.await_condition("Applied", "False", "NameTaken")
    message = condition(found, "Applied")["message"]
    assert message.startswith("Deployment/orders cannot be taken over")
    assert "a selector never changes" in message
    assert _content(world.the("deployments")) == before
    world.await_object("services", bool)
