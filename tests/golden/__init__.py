"""What the examples become: rendered here, kept beside this file, compared by the tests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from typing_extensions import override

from microservice_operator import platform
from microservice_operator.api.observing import TracingSettings
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.model.labels import SHARED_CONFIG
from microservice_operator.model.observability import unread
from microservice_operator.resources import desired
from microservice_operator.routing.claiming import claims
from microservice_operator.routing.composing import compose
from microservice_operator.routing.manifest import virtual_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.model import App, Manifest

GOLDENS = Path(__file__).parent
EXAMPLES = GOLDENS.parents[1] / "examples"
TEMPLATES = GOLDENS / "pod-templates.json"
CREATED = "2026-01-01T00:00:00Z"
NOT_MICROSERVICES = {Path("platform/settings.yaml")}
FOR_OTHERS = {Path("scaling/adapter.yaml")}  # what another product reads
# The platform's example, without what it would add to the others.
SETTINGS = replace(
    platform.settings(yaml.safe_load((EXAMPLES / "platform/settings.yaml").read_text())),
    defaults={},
    tracing=TracingSettings(),
)
WORKLOAD = "Deployment"
HEADER = "# Made by `make golden` from the example of the same path; do not edit.\n"

Templates = dict[str, dict[str, str]]


class _Plain(yaml.SafeDumper):
    """YAML as kubectl prints it: sorted, and what stands twice is written twice."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _legible(dumper: _Plain, text: str) -> yaml.ScalarNode:
    """Text of several lines stands in several lines."""
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Plain.add_representer(str, _legible)


def examples() -> list[Path]:
    """Return every file with Microservices, as a path inside the examples' folder."""
    found = {file.relative_to(EXAMPLES) for file in EXAMPLES.rglob("*.yaml")}
    return sorted(found - NOT_MICROSERVICES - FOR_OTHERS)


def documents(example: Path) -> list[dict[str, Any]]:
    """Return everything that an example holds."""
    return list(yaml.safe_load_all((EXAMPLES / example).read_text()))


def microservices(example: Path) -> Iterator[dict[str, Any]]:
    """Yield the Microservices of an example as if a cluster had taken them."""
    for document in documents(example):
        if document["kind"] == "Microservice":
            name = document["metadata"]["name"]
            identity = {"name": name, "namespace": "default", "uid": f"uid-of-{name}"}
            yield {**document, "metadata": {**document["metadata"], **identity}}


def render(example: Path) -> str:
    """Return everything that the example becomes."""
    apps = [_app(example, microservice) for microservice in microservices(example)]
    manifests = [manifest for app in apps for manifest in desired(app)] + _hosts(apps)
    return HEADER + yaml.dump_all(
        manifests, Dumper=_Plain, sort_keys=True, width=100, allow_unicode=True
    )


def orphans() -> list[Path]:
    """Return the goldens whose examples are gone."""
    known = set(examples())
    return [file for file in GOLDENS.rglob("*.yaml") if file.relative_to(GOLDENS) not in known]


def templates() -> Templates:
    """Return a digest of every example's specs and one of the pod templates made of them."""
    return {
        f"{example}#{microservice['metadata']['name']}": {
            "spec": _digest(microservice["spec"]),
            "template": _digest(_template(example, microservice)),
        }
        for example in examples()
        for microservice in microservices(example)
    }


def restarting(now: Templates, pinned: Templates) -> list[str]:
    """Return the examples whose spec is as it was and whose pods would be replaced all the same."""
    return [
        name
        for name, digests in now.items()
        if name in pinned
        and pinned[name]["spec"] == digests["spec"]
        and pinned[name]["template"] != digests["template"]
    ]


def pinned() -> Templates:
    """Return the digests that were accepted last."""
    accepted: Templates = json.loads(TEMPLATES.read_text()) if TEMPLATES.exists() else {}
    return accepted


def _template(example: Path, microservice: dict[str, Any]) -> Any:
    """One for each version; the only one stands alone."""
    children = desired(_app(example, microservice))
    stable, *others = (each["spec"]["template"] for each in children if each["kind"] == WORKLOAD)
    return [stable, *others] if others else stable


def _hosts(apps: list[App]) -> list[Manifest]:
    """What the hosts serve that these apps are exposed at, together."""
    found = [claim for app in apps for claim in claims(app, CREATED)]
    return [
        virtual_service(
            site,
            SETTINGS.gateways[site.gateway].gateway,
            compose(site, found, ()),
            [claim.claimant for claim in found if claim.site == site],
        )
        for site in sorted({claim.site for claim in found})
    ]


def _app(example: Path, microservice: dict[str, Any]) -> App:
    """What it becomes in production, meshed if it needs that, beside the shared ConfigMaps."""
    shared = {
        document["metadata"]["name"]: document["data"]
        for document in documents(example)
        if SHARED_CONFIG in document["metadata"].get("labels", {})
    }
    without = understand(microservice, SETTINGS, Facts(shared=shared))
    seen = bool(without.mesh.lacking or unread(without))
    app = understand(microservice, SETTINGS, Facts(shared=shared, mesh=seen, monitoring=seen))
    return replace(app, mesh=replace(app.mesh, proxied=True))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
