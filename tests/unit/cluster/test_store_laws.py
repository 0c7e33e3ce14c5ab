from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from microservice_operator.cluster.store import Store
from microservice_operator.model.kinds import DEPLOYMENT, SERVICE
from tests.unit.cluster.objects import child, owner, raw

if TYPE_CHECKING:
    from microservice_operator.model import Kind

NAMES = st.sampled_from(["orders", "carts"])
FOREIGN = owner("orders", api="other.example/v1")
OWNERS = st.sampled_from([owner("orders"), owner("carts"), FOREIGN, {}])
OBJECTS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "namespace": st.sampled_from(["shop", "web"]),
        "version": st.integers(1, 20),
        "uid": st.sampled_from(["one", "two"]),
        "by": OWNERS,
    }
)
KINDS = st.sampled_from([SERVICE, DEPLOYMENT])
OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["seen", "gone", "written", "verified", "left"]), KINDS, OBJECTS),
    st.tuples(
        st.just("listed"), KINDS, st.tuples(st.integers(1, 20), st.lists(OBJECTS, max_size=3))
    ),
)


@settings(derandomize=True, max_examples=200)
@given(st.lists(OPERATIONS, max_size=25))
def test_the_owners_index_agrees_with_the_children(operations: list[tuple[str, Kind, Any]]) -> None:
    """Whatever happens: each child is found under its owner, and under nobody else, once."""
    store = Store(lambda *_, **__: None)
    for operation, kind, content in operations:
        _do(store, operation, kind, content)
        children = list(store._children.values())  # noqa: SLF001  what the index must agree with
        owners = {child.microservice.uid for child in children if child.microservice}
        assert set(store._places) == owners  # noqa: SLF001  an index that grows is a leak
        for uid in owners:
            found = store.of(uid)
            assert {id(c) for c in found} == {
                id(c) for c in children if c.microservice and c.microservice.uid == uid
            }
        for known in children:
            assert store.at(known.kind.name, known.namespace, known.name) is known


def _do(store: Store, operation: str, kind: Kind, content: Any) -> None:
    if operation == "listed":
        version, objects = content
        store.listed(kind, "", str(version), [raw(**each, spec={}) for each in objects])
    elif operation == "written":
        store.written(child(kind=kind, **content, spec={}), "digest")
    elif operation == "left":
        store.leaving(kind.name, content["namespace"], content["name"], content["uid"])
    elif operation == "verified":
        for known in store.of("uid-of-orders"):
            store.verify(known, "digest")
    else:
        getattr(store, operation)(kind, raw(**content, spec={}))
