"""Names of container ports: what a Service finds its pods by while they are being replaced."""

from __future__ import annotations

from itertools import permutations

from microservice_operator.model import Port
from microservice_operator.model.ports import container_port_names

WEB, ADMIN, GRPC = (
    Port("web", 80, 8080, "HTTP"),
    Port("admin", 81, 8080, "HTTP"),
    Port("grpc", 9090, 9090, "GRPC"),
)


def test_every_container_port_has_one_name() -> None:
    """Two ports of the Service may lead to one port of the container."""
    assert container_port_names((WEB, ADMIN, GRPC)) == {8080: "port-80", 9090: "port-9090"}


def test_the_names_users_give_do_not_matter() -> None:
    """So a port can be renamed under traffic."""
    renamed = Port("www", 80, 8080, "HTTP")

    assert container_port_names((renamed,)) == container_port_names((WEB,))


def test_the_order_of_ports_does_not_matter() -> None:
    """A keyed list has none; another name would cut the old pods off before new ones are there."""
    names = [container_port_names(order) for order in permutations((WEB, ADMIN, GRPC))]

    assert all(each == names[0] for each in names)
