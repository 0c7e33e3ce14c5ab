"""A crowd of apps on one host: what its routing costs beside the same crowd without a host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from microservice_operator.model.kinds import VIRTUAL_SERVICE
from tests.benchmarks.crowd import MERGE_PATCH, Call
from tests.benchmarks.rows import Row
from tests.cluster import wait_until
from tests.cluster.definitions import MESH

if TYPE_CHECKING:
    from tests.benchmarks.bed import Bed, Cost

MOST = 500
OFTEN = 0.01


def share(bed: Bed) -> dict[Row, str]:
    """Apps come without a host; they go, and come again with one for all of them."""
    names = bed.names[:MOST]
    mark = bed.cluster.audit.mark()
    MESH.install(bed.cluster)
    wait_until(lambda: _listed(bed, mark), "the operator to know the mesh")
    alone = _come(bed, {name: {} for name in names})
    bed.delete()
    bed.await_end()
    bed.await_calm()
    together = _come(bed, {name: _exposed(name) for name in names})
    assert len(_rules(bed)) == len(names)
    return {
        Row.SHARE: f"{len(names)} / {len(_written(together))}",
        Row.SHARE_COST: f"{together.cpu - alone.cpu:.1f}",
        **_later(bed, names),
    }


def _later(bed: Bed, names: list[str]) -> dict[Row, str]:
    """One of them changes its route, another one leaves, and the operator starts again."""
    changing, leaving, *_ = names
    with bed.cost() as changed:
        began = time.monotonic()
        there = bed.path("microservices", changing)
        bed.crowd.ask(Call("PATCH", there, {"spec": _exposed("other")}, MERGE_PATCH))
        wait_until(lambda: "/other" in str(_rules(bed)), "the change", interval=OFTEN)
        seconds = time.monotonic() - began
    with bed.cost() as left:
        bed.crowd.ask(Call("DELETE", bed.path("microservices", leaving)))
        wait_until(lambda: len(_rules(bed)) == len(names) - 1, "its end", interval=OFTEN)
    mark = bed.cluster.audit.mark()
    bed.operator.restart()
    bed.await_calm()
    about_apps = [request for request in bed.requests(mark) if request.namespace]
    writes = (len(_written(changed)), len(_written(left)), len(about_apps))
    assert writes == (1, 1, 0), writes
    return {
        Row.SHARE_LATER: " / ".join(map(str, writes)),
        Row.SHARE_TIME: f"{seconds:.2f}",
    }


def _come(bed: Bed, specs: dict[str, dict[str, Any]]) -> Cost:
    """These apps are created at once, without pods."""
    common = {name: block for name, block in bed.size.spec.items() if name != "scaling"}
    with bed.cost() as cost:
        bed.create({name: {**common, "replicas": 0, **spec} for name, spec in specs.items()})
        bed.await_ready()
    return cost


def _exposed(path: str) -> dict[str, Any]:
    routes = [{"name": "api", "match": {"path": {"prefix": f"/{path}"}}}]
    exposure = {"name": "web", "gateway": "public", "hosts": ["shop.example"], "routes": routes}
    return {"exposure": [exposure]}


def _rules(bed: Bed) -> list[dict[str, Any]]:
    [found] = bed.crowd.ask(Call("GET", bed.path(VIRTUAL_SERVICE.plural)))["items"]
    http: list[dict[str, Any]] = found["spec"]["http"]
    return http


def _written(cost: Cost) -> list[str]:
    return [each.verb for each in cost.writes if each.resource == VIRTUAL_SERVICE.plural]


def _listed(bed: Bed, mark: int) -> bool:
    return any(each.resource == VIRTUAL_SERVICE.plural for each in bed.requests(mark))
