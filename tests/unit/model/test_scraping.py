"""Whoever reads all metrics is let in by our own policies, to read them and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import settings
from tests import apps
from tests.unit.model.istio import Asked, allows
from tests.unit.model.tokens import asking, exposed

GATES = {"public": {"gateway": "edge/public", "serviceAccount": "edge/public-gateway"}}
PLAIN, KNOWN = {"namespace": "monitoring"}, {"namespace": "monitoring", "serviceAccount": "prom"}
METRICS: dict[str, Any] = {"metrics": {"port": "http", "path": "/m?all"}}
READ = Asked(port=8080, path="/m")
OPEN: dict[str, Any] = {}
STRICT: dict[str, Any] = {"security": {"mtls": "Strict"}}
SPECS = [
    OPEN,
    STRICT,
    {"allowFrom": []},
    {"allowFrom": [], **STRICT},
    {"exposure": [exposed(**asking())], **STRICT},
]


def children(reader: Any, **spec: Any) -> Any:
    """What such an app becomes where this reader reads."""
    platform = settings({"monitoring": reader, "gateways": GATES})
    body = apps.body(observability=METRICS, **spec)
    return apps.children(understand(body, platform, Facts(mesh=True)))


def rules(reader: Any, **spec: Any) -> Any:
    """Whom it lets in."""
    policy = children(reader, **spec).get("AuthorizationPolicy")
    return policy and policy["spec"]["rules"]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_reader_reads_and_nobody_gets_in_beside_it(spec: dict[str, Any]) -> None:
    """In plain text or by its name; nobody else may do what he could not do without it."""
    before = rules(None, **spec)
    strict = "security" in spec
    for reader, scrape in ((PLAIN, READ), (KNOWN, Asked("monitoring/prom", path="/m"))):
        found = rules(reader, **spec)
        assert allows(found, scrape)
        for asked in (
            Asked(path="/orders"),
            Asked(path="/m", method="POST"),
            Asked("shop/web"),
            Asked("edge/public-gateway"),
            Asked("monitoring/other", path="/m/a"),
            Asked("monitoring/other", path="/m"),
            Asked("edge/public-gateway", path="/m"),
        ):
            without = allows(before, asked) and not (strict and not asked.account)
            heard = reader is PLAIN or not strict or bool(asked.account)
            assert (heard and allows(found, asked)) == without, asked


@pytest.mark.parametrize(
    ("reader", "spec", "ports"),
    [
        (None, STRICT, None),
        (PLAIN, OPEN, None),
        (KNOWN, STRICT, None),
        (PLAIN, STRICT, {"8080": {"mode": "PERMISSIVE"}}),
    ],
)
def test_plain_text_is_heard_only_where_it_must_be(reader: Any, spec: Any, ports: Any) -> None:
    """Only by the port of the metrics, and only for a reader that is not in the mesh."""
    policy = children(reader, **spec).get("PeerAuthentication", {"spec": {}})

    assert policy["spec"].get("portLevelMtls") == ports


def test_a_stream_of_bytes_has_no_paths() -> None:
    """A port that does not speak HTTP to the mesh is open as a whole to who reads it."""
    ports = [{"name": "web", "port": 80}, {"name": "http", "port": 9102, "protocol": "TCP"}]
    [rule] = rules(KNOWN, ports=ports, allowFrom=[])

    assert rule["to"] == [{"operation": {"ports": ["9102"]}}]


def test_the_network_lets_the_reader_in_where_it_lets_in_only_some() -> None:
    """From its namespace, to the port of the metrics, also where there is no mesh."""
    platform = settings({"monitoring": PLAIN})
    body = apps.body(observability={"metrics": {}}, allowFrom=[])
    [flow] = understand(body, platform).traffic.ingress or ()

    assert flow.peer
    assert (flow.peer.namespace, flow.ports) == ("monitoring", ("port-80",))
    assert understand(apps.body(observability={"metrics": {}}), platform).traffic.ingress is None


def test_the_network_lets_the_reader_read_what_proxies_have_counted() -> None:
    """Objectives and autoscalers would see no request at all, and take that for good news."""
    platform = settings({"monitoring": KNOWN})
    spec = apps.body(allowFrom=[])

    [flow] = understand(spec, platform, Facts(mesh=True)).traffic.ingress or ()
    assert flow.peer
    assert (flow.peer.namespace, flow.ports) == ("monitoring", (15020, 15090))
    assert understand(spec, platform).traffic.ingress == (), "there are no proxies"
    assert understand(apps.body(), platform, Facts(mesh=True)).traffic.ingress is None
