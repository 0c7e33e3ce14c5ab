"""Hosts of Microservices, rendered by the operator's own functions and applied by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import Settings
from microservice_operator.routing.claiming import claims
from microservice_operator.routing.composing import compose
from microservice_operator.routing.manifest import virtual_service
from tests.corpus.documents import document

if TYPE_CHECKING:
    from microservice_operator.routing.claims import Claim
    from tests.mesh.asking import Answer
    from tests.mesh.place import Place

Object = dict[str, Any]
FOLDER, V2 = {"path": {"prefix": "/orders"}}, {"name": "v2", "image": "a"}


def run_all(place: Place) -> None:
    """An app and its other version, and another app."""
    place.run("orders")
    place.run("orders-v2", version="v2")
    place.run("web", version="v2")
    place.ready("orders", "orders-v2", "web")


def publish(place: Place, *hosts: str, gateway: str = "public", **apps: Object) -> None:
    """Apply what these hosts serve when these Microservices are exposed there."""
    found: list[Claim] = []
    for name, spec in apps.items():
        exposure = {"name": "a", "gateway": gateway, "hosts": [*hosts], **spec}
        said = {"image": "a", "exposure": [exposure], **exposure.pop("spec", {})}
        body = document(said, name)
        body["metadata"] = {"name": name, "namespace": place.namespace, "uid": f"uid-of-{name}"}
        found += claims(understand(body, Settings(), Facts(mesh=True)), "2026-01-01T00:00:00Z")
    for site in sorted({claim.site for claim in found}):
        owners = [claim.claimant for claim in found if claim.site == site]
        composed = compose(site, found, ())
        assert not composed.lost
        manifest = {**virtual_service(site, f"edge/{gateway}", composed, owners)}
        del manifest["metadata"]["ownerReferences"]
        place.apply(manifest)


def told(*routes: Object, **more: Any) -> Object:
    """Routes that tell their names in the answer."""

    def telling(route: Object) -> Object:
        marks = {"response": {"set": [{"name": "x-route", "value": route["name"]}]}}
        return {"headers": marks, **route}

    return {"routes": [telling(route) for route in routes], **more}


def route_of(answer: Answer) -> str:
    """The route that has answered; its status if none has."""
    return answer.headers.get("x-route", str(answer.status))
