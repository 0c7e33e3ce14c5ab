"""The NetworkPolicy, present when the spec says who may call or who is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import NAME, all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest
    from microservice_operator.model.app import Flow, Peer

NAMESPACE = "kubernetes.io/metadata.name"
DNS = {"ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]}


def build(app: App) -> list[Manifest]:
    """Let through what the spec names, as coarsely as addresses and labels can tell.

    A direction that the spec is silent about stays open. Names may always be resolved.
    """
    directions = {
        "Ingress": _ingress(app),
        "Egress": _egress(app),
    }
    types = [name for name, rules in directions.items() if rules is not None]
    if not types:
        return []
    return [
        {
            "metadata": metadata(app),
            "spec": {
                "podSelector": {"matchLabels": all_tracks(app.name)},
                "policyTypes": types,
                **{name.lower(): directions[name] for name in types},
            },
        }
    ]


def _ingress(app: App) -> list[Manifest] | None:
    flows = app.traffic.ingress
    return None if flows is None else [_rule("from", flow) for flow in flows]


def _egress(app: App) -> list[Manifest] | None:
    flows = app.traffic.egress
    return None if flows is None else [DNS, *(_rule("to", flow) for flow in flows)]


def _rule(direction: str, flow: Flow) -> Manifest:
    rule: dict[str, Any] = {}
    if flow.peer:
        rule[direction] = [_pods(flow.peer)]
    if flow.ports:
        rule["ports"] = [{"protocol": "TCP", "port": port} for port in flow.ports]
    return rule


def _pods(peer: Peer) -> Manifest:
    namespace = {"namespaceSelector": {"matchLabels": {NAMESPACE: peer.namespace}}}
    if peer.service is None:
        return namespace
    return namespace | {"podSelector": {"matchLabels": {NAME: peer.service}}}
