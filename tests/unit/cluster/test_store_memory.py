from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.model.kinds import SERVICE
from tests.unit.cluster.objects import child, names, owner, raw, seen

if TYPE_CHECKING:
    from microservice_operator.cluster.store import Store
    from tests.unit.cluster.objects import Woken

NOBODY: dict[str, Any] = {}


def test_the_echo_of_our_own_write_is_no_news(store: Store, woken: Woken) -> None:
    """We know already what we have written."""
    store.written(child(version=5), "digest")
    assert woken.read() == set()

    seen(store, version=5)

    [kept] = store.of("uid-of-orders")
    assert (kept.verified, kept.raw, woken.read()) == ("digest", None, set())


def test_an_echo_that_came_before_the_answer_does_no_harm(store: Store, woken: Woken) -> None:
    """Answer and event travel on different connections."""
    seen(store, version=5)
    store.written(child(version=5), "digest")
    woken.clear()

    seen(store, version=6, status={})

    [kept] = store.of("uid-of-orders")
    assert (kept.verified, kept.raw, woken.read()) == ("digest", None, set())


def test_an_answer_that_is_overtaken_by_an_edit_is_dropped(store: Store) -> None:
    """What came later is the truth, and was not found to be as desired."""
    seen(store, version=6, spec={"ports": []})

    store.written(child(version=5), "digest")

    [kept] = store.of("uid-of-orders")
    assert (kept.version, kept.verified) == ("6", None)


def test_the_answer_to_a_write_does_not_bring_back_what_is_gone(store: Store, woken: Woken) -> None:
    """The child was deleted while the answer was on its way; it must be made again."""
    seen(store, version=4)
    store.gone(SERVICE, raw(version=6))
    woken.clear()

    store.written(child(version=5), "digest")

    assert store.at("Service", "shop", "orders") is None


def test_the_answer_to_a_write_does_not_replace_a_successor(store: Store) -> None:
    """Somebody has deleted the child and made another one while the answer was on its way."""
    seen(store, version=7, uid="new", by=NOBODY)

    store.written(child(version=5, uid="old"), "digest")

    kept = store.at("Service", "shop", "orders")
    assert kept is not None
    assert kept.uid == "new"


def test_a_verified_child_drops_its_bytes(store: Store) -> None:
    """Of thousands of children that are as desired, only a digest is kept."""
    seen(store)
    [kept] = store.of("uid-of-orders")
    content = kept.content()
    assert content is not None
    assert (content["kind"], content["apiVersion"]) == ("Service", "v1")

    store.verify(kept, "digest")

    assert (kept.raw, kept.content(), kept.verified) == (None, None, "digest")


def test_churn_does_not_bring_the_bytes_back(store: Store) -> None:
    """Only what differs is looked at again; then the child brings its own bytes."""
    seen(store, version=1)
    store.verify(store.of("uid-of-orders")[0], "digest")

    seen(store, version=2, status={"loadBalancer": {}})
    assert store.of("uid-of-orders")[0].raw is None

    edited = raw(version=3, spec={"ports": []})
    store.seen(SERVICE, edited)
    [kept] = store.of("uid-of-orders")
    assert (kept.raw, kept.verified) == (edited, "digest")


def test_unverified_bytes_follow_the_newest_version(store: Store) -> None:
    """A repair that is guarded by a version must name the newest one."""
    seen(store, version=1)
    newest = raw(version=2, managedFields=[])

    store.seen(SERVICE, newest)

    assert store.of("uid-of-orders")[0].raw == newest


def test_whom_a_stripped_child_belonged_to_is_remembered(store: Store, woken: Woken) -> None:
    """Its owner reference was taken away: its Microservice is woken and may take it back."""
    seen(store, "config", version=1, by=owner("orders"))
    woken.clear()

    seen(store, "config", version=2, by=NOBODY)
    assert "shop/orders" in woken.read()
    seen(store, "config", version=3, by=NOBODY, spec={"ports": []})
    assert "shop/orders" in woken.read()

    kept = store.at("Service", "shop", "config")
    assert kept is not None
    assert kept.formerly is not None
    assert (kept.owner, kept.formerly.uid) == (None, "uid-of-orders")


@pytest.mark.parametrize(
    "stranger",
    [{"kind": "HelmRelease"}, {"api": "other.example/v1alpha1"}, {"api": "microservices.dev/v2"}],
    ids=["kind", "group", "version"],
)
def test_a_child_of_another_kind_of_owner_is_no_microservices_child(
    store: Store, woken: Woken, stranger: dict[str, str]
) -> None:
    """It is known, for it has the name, but nobody's passes look at it."""
    seen(store, by=owner("release", **stranger))

    assert names(store, "uid-of-release") == set()
    assert "shop/orders" in woken.read()


def test_a_child_that_we_have_deleted_is_on_its_way_out(store: Store, woken: Woken) -> None:
    """Nobody has told of it yet, but whoever looks must not find it as desired."""
    seen(store, version=1)
    woken.clear()

    store.leaving("Service", "shop", "orders", "shop/orders")
    seen(store, version=2, status={})

    [kept] = store.of("uid-of-orders")
    assert (kept.deleting, woken.read()) == (True, set())


def test_the_successor_of_a_child_that_we_have_deleted_stays(store: Store) -> None:
    """The answer to our request may come after the news of both."""
    seen(store, version=1, uid="new")

    store.leaving("Service", "shop", "orders", "old")
    store.leaving("Service", "shop", "unknown", "old")

    [kept] = store.of("uid-of-orders")
    assert not kept.deleting
