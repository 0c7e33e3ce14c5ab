from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.model.kinds import DEPLOYMENT, SERVICE, VIRTUAL_SERVICE
from tests.unit.cluster.objects import child, names, owner, raw, seen

if TYPE_CHECKING:
    from microservice_operator.cluster.store import Store
    from tests.unit.cluster.objects import Woken

NOBODY: dict[str, Any] = {}
READY = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


def test_a_new_child_wakes_its_owner_and_its_namesake(store: Store, woken: Woken) -> None:
    """The owner looks at it, and who wants the name learns that it is taken."""
    seen(store, "config-of-orders", by=owner("orders"))

    assert woken.read() == {"shop/orders", "shop/config-of-orders"}
    assert names(store, "uid-of-orders") == {"config-of-orders"}


@pytest.mark.parametrize(
    "churn",
    [
        {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}},
        {"managedFields": [{"manager": "kubectl", "operation": "Update"}]},
        {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        {"generation": 7},
        {},
    ],
    ids=["status", "managed fields", "annotation", "generation", "nothing"],
)
def test_what_no_pass_would_look_at_wakes_nobody(
    store: Store, woken: Woken, churn: dict[str, Any]
) -> None:
    """Most events are such, so they must cost nothing."""
    seen(store, version=1)
    woken.clear()

    seen(store, version=2, **churn)

    assert woken.read() == set()


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"ports": []}},
        {"labels": {"app": "carts"}},
        {"labels": {}},
        {"by": NOBODY},
        {"by": owner("orders", uid="another")},
        {"deletionTimestamp": "2026-01-01T00:00:00Z"},
        {"annotations": {"microservices.dev/adopt": "true"}},
        {"annotations": {"microservices.dev/docs": "https://docs.example"}},
        {"uid": "its successor"},
    ],
    ids=[
        "spec",
        "label",
        "no labels",
        "no owner",
        "other owner",
        "deletion",
        "offer",
        "note",
        "new",
    ],
)
def test_what_a_pass_would_look_at_wakes_the_owner(
    store: Store, woken: Woken, change: dict[str, Any]
) -> None:
    """Drift is noticed whatever it touches."""
    seen(store, version=1)
    woken.clear()

    seen(store, version=2, **change)

    assert "shop/orders" in woken.read()


def test_the_counts_of_a_deployment_are_news(store: Store, woken: Woken) -> None:
    """They are what the status of its Microservice is made of."""
    store.seen(DEPLOYMENT, raw(version=1, spec={"replicas": 1}, status={}))
    woken.clear()

    store.seen(DEPLOYMENT, raw(version=2, spec={"replicas": 1}, status=READY))
    assert woken.read() == {"shop/orders"}

    touched = READY | {"conditions": [{"type": "Available", "status": "True", "message": "x"}]}
    store.seen(DEPLOYMENT, raw(version=3, spec={"replicas": 1}, status=touched))
    assert woken.read() == set()


def test_a_new_owner_and_the_old_one_are_woken(store: Store, woken: Woken) -> None:
    """One has lost a child, the other has found one."""
    seen(store, "config", version=1, by=owner("orders"))
    woken.clear()

    seen(store, "config", version=2, by=owner("carts"))

    assert woken.read() >= {"shop/orders", "shop/carts"}
    assert (names(store, "uid-of-orders"), names(store, "uid-of-carts")) == (set(), {"config"})


def test_the_end_of_a_child_wakes_its_owner(store: Store, woken: Woken) -> None:
    """It will be made again."""
    seen(store)
    woken.clear()

    store.gone(SERVICE, raw(version=2))

    assert woken.read() == {"shop/orders"}
    assert (len(store), names(store, "uid-of-orders")) == (0, set())


def test_the_late_end_of_a_predecessor_is_no_news(store: Store, woken: Woken) -> None:
    """The name has a new owner already."""
    seen(store, version=5, uid="new")
    woken.clear()

    store.gone(SERVICE, raw(version=4, uid="old"))

    assert woken.read() == set()
    assert len(store) == 1


def test_the_late_end_of_an_earlier_state_is_no_news(store: Store) -> None:
    """It had lost its label, which looks like an end, and we have put that back since."""
    seen(store, version=4)
    store.written(child(version=6), "digest")

    store.gone(SERVICE, raw(version=5, labels={}))

    assert store.at("Service", "shop", "orders") is not None


def test_an_object_replaced_under_its_name_is_another_one(store: Store, woken: Woken) -> None:
    """Nothing that was found out about its predecessor holds for it."""
    seen(store, version=1, uid="old")
    [before] = store.of("uid-of-orders")
    store.verify(before, "digest")
    woken.clear()

    seen(store, version=2, uid="new")

    [after] = store.of("uid-of-orders")
    assert (after.uid, after.verified, after.formerly) == ("new", None, None)
    assert woken.read() == {"shop/orders"}


def test_an_older_version_is_no_news(store: Store, woken: Woken) -> None:
    """Versions are numbers: the tenth is newer than the ninth."""
    seen(store, version=10)
    woken.clear()

    seen(store, version=9, spec={"ports": []})

    [kept] = store.of("uid-of-orders")
    assert (kept.version, woken.read()) == ("10", set())


def test_a_list_tells_what_is_gone(store: Store, woken: Woken) -> None:
    """Of its kind alone, and without a word about what has not changed."""
    seen(store, "orders")
    seen(store, "carts")
    store.seen(DEPLOYMENT, raw("orders", uid="deployment"))
    woken.clear()

    store.listed(SERVICE, "", "9", [raw("carts", 2), raw("stock", 3)])

    assert woken.read() == {"shop/orders calmly", "shop/stock calmly"}
    assert store.at("Service", "shop", "orders") is None
    assert store.at("Deployment", "shop", "orders") is not None


def test_what_is_newer_than_a_list_outlives_it(store: Store) -> None:
    """It was written while the list was on its way, so the list cannot hold it."""
    store.written(child("orders", version=12), "digest")
    store.written(child("carts", version=9), "digest")

    store.listed(SERVICE, "", "9", [])

    assert store.at("Service", "shop", "orders") is not None
    assert store.at("Service", "shop", "carts") is None

    store.listed(SERVICE, "", "100", [])

    assert len(store) == 0


def test_after_a_list_events_are_urgent_again(store: Store, woken: Woken) -> None:
    """Also after a list that held something unreadable."""
    store.listed(SERVICE, "", "9", [b"{"])

    seen(store)

    assert woken.read() == {"shop/orders"}


def test_a_list_of_one_namespace_tells_nothing_of_another(store: Store, woken: Woken) -> None:
    """Each namespace has a watch of its own, and only that one knows."""
    seen(store, "orders", namespace="shop")
    seen(store, "orders", namespace="web")
    woken.clear()

    store.listed(SERVICE, "shop", "9", [])

    assert woken.read() == {"shop/orders calmly"}
    assert store.at("Service", "web", "orders") is not None


def test_an_edit_of_no_matter_is_no_step_back(store: Store, woken: Woken) -> None:
    """An annotation bumps the Deployment's generation; until it catches up, nothing has changed."""
    store.seen(DEPLOYMENT, raw(version=1, spec={"replicas": 1}, status=READY, generation=1))
    woken.clear()

    store.seen(DEPLOYMENT, raw(version=2, spec={"replicas": 1}, status=READY, generation=99))
    assert woken == []

    short = {**READY, "observedGeneration": 99, "readyReplicas": 0, "availableReplicas": 0}
    store.seen(DEPLOYMENT, raw(version=3, spec={"replicas": 1}, status=short, generation=99))
    assert woken == ["shop/orders"]


POISON = raw("carts", 2, labels={"app": 3})


@pytest.mark.parametrize("poison", [POISON, b"{", b"[]", b'{"metadata": {"name": 3}}'])
def test_an_object_that_makes_no_sense_is_skipped_and_told_once(
    store: Store, woken: Woken, caplog: pytest.LogCaptureFixture, poison: bytes
) -> None:
    """The others of its kind must not wait behind it for ever."""
    store.seen(SERVICE, poison)
    store.gone(SERVICE, poison)
    store.listed(SERVICE, "shop", "9", [poison, raw("orders")])

    assert names(store, "uid-of-orders") == {"orders"}
    assert caplog.messages == ["child skipped"]
    assert woken.read() == {"shop/orders calmly"}


def test_an_object_that_makes_no_sense_any_more_is_not_gone(store: Store) -> None:
    """To make it again would fail, for its name is in use."""
    seen(store, "carts")

    store.listed(SERVICE, "shop", "9", [POISON])

    assert names(store, "uid-of-carts") == {"carts"}


def test_routes_are_known_by_the_hosts_that_they_lead_to(store: Store) -> None:
    """As long as any of them in the same namespace leads there."""

    def routes(*hosts: str) -> dict[str, Any]:
        targets = [{"destination": {"host": host}} for host in hosts]
        return {"http": [{"route": targets}]}

    def known() -> set[str]:
        return {host for host in "abc" if store.routes_to("shop", host)}

    store.seen(VIRTUAL_SERVICE, raw("one", 1, spec=routes("a", "b")))
    store.seen(VIRTUAL_SERVICE, raw("two", 2, spec=routes("b", "c"), by={}))
    assert known() == {"a", "b", "c"}
    assert not store.routes_to("web", "a")

    store.seen(VIRTUAL_SERVICE, raw("one", 3, spec=routes("a")))
    store.gone(VIRTUAL_SERVICE, raw("two", 4, spec=routes("b", "c"), by={}))
    assert known() == {"a"}

    store.dismiss(VIRTUAL_SERVICE)
    assert known() == set()
