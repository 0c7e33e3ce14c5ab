"""What is let in through which gateway, and through those that the platform does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from microservice_operator.errors import Forbidden
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from tests import apps
from tests.unit.model.tokens import PLATFORM, asking, exposed, guard


def test_a_gateway_that_the_platform_does_not_have_is_nobody() -> None:
    """A name that is wrong opens nothing."""
    assert guard(allowFrom=[{"gateway": "unknown"}]).rules == ()
    assert guard(exposed("unknown")).rules is None


@pytest.mark.parametrize("callers", [None, [], [{"namespace": "edge"}]])
def test_tokens_that_nobody_would_ask_for_are_refused(callers: Any) -> None:
    """A gateway that leaves the settings goes on sending requests: no policy may go before it."""
    said = {} if callers is None else {"allowFrom": callers}
    with pytest.raises(Forbidden, match=r"exposure\[unknown-a-example\]\.auth: .* 'unknown'"):
        guard(exposed(), exposed("unknown", **asking()), **said)

    asked = apps.body(exposure=[exposed("unknown", **asking())], **said)
    assert understand(asked, PLATFORM, Facts(mesh=False)).guard.rules is None

    named = [{"service": "web"}, {"gateway": "public"}, {"gateway": "nobody"}, {"gateway": "other"}]
    assert understand(apps.body(allowFrom=named), PLATFORM).stranger == "nobody"
    assert understand(apps.body(allowFrom=named[:2]), PLATFORM).stranger == ""


def test_a_network_policy_lets_gateways_in_where_they_lead() -> None:
    """Their whole namespace, for it knows no identities; and nobody for what is only redirected."""
    said: dict[str, Any] = {"ports": [{"name": "web", "port": 80}, {"name": "admin", "port": 81}]}
    routes = [
        {"name": "a", "match": {"path": {"prefix": "/a"}}, "to": {"port": "admin"}},
        {"name": "b", "redirect": {"path": "/a"}},
    ]
    body = apps.body(
        exposure=[
            exposed(routes=routes),
            exposed("unknown"),
            exposed(host="b.example", routes=routes[1:]),
        ],
        allowFrom=[{"gateway": "internal", "ports": ["web"]}, {"gateway": "unknown"}],
        **said,
    )
    flows = understand(body, PLATFORM, Facts(mesh=True)).traffic.ingress or ()

    assert [(flow.peer and flow.peer.namespace, flow.ports) for flow in flows] == [
        ("edge", ("port-80",)),
        ("edge", ("port-81",)),
    ]


@pytest.mark.parametrize(("proxied", "published"), [(None, 1), (False, 1), (True, 2)])
def test_where_nobody_would_ask_for_a_token_nothing_is_published(
    proxied: Any, published: int
) -> None:
    """Pods without proxies, or that nobody has looked at, would serve whoever comes."""
    body = apps.body(exposure=[exposed(**asking()), exposed("internal")])
    app = understand(body, PLATFORM, Facts(mesh=True))

    assert app.guarded
    assert len(replace(app, mesh=replace(app.mesh, proxied=proxied)).published) == published
