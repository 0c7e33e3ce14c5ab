"""Where a VirtualService sends requests."""

from __future__ import annotations

import json

from microservice_operator.cluster.routes import destinations


def test_every_host_that_gets_a_request_is_a_destination() -> None:
    """Also one that gets copies only, and of any protocol."""

    def to(host: str) -> dict[str, object]:
        return {"destination": {"host": host, "port": {"number": 80}}}

    spec = {
        "hosts": ["orders"],
        "http": [
            {"route": [to("a"), {**to("b"), "weight": 1}], "mirror": {"host": "c"}},
            {"redirect": {"uri": "/"}, "mirrors": [to("d")]},
            {"route": [to("a")]},
        ],
        "tls": [{"match": [], "route": [to("e")]}],
        "tcp": [{"route": [to("f")]}],
    }

    assert destinations(json.dumps({"spec": spec}).encode()) == frozenset("abcdef")


def test_without_routes_there_are_none() -> None:
    """An object may be as empty as it likes."""
    assert destinations(b'{"metadata": {}}') == frozenset()
