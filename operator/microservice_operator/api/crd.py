"""The CustomResourceDefinition, made from the models; run as a program it writes `crds/`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from microservice_operator.api.microservice import Microservice
from microservice_operator.api.reference import reference
from microservice_operator.api.spec import Spec
from microservice_operator.api.status import Status
from microservice_operator.api.structural import Schema, structural

GROUP = "microservices.dev"
VERSION = "v1alpha1"
KIND = "Microservice"
PLURAL = "microservices"

SELECTABLE = (".spec.about.team", ".spec.mode", ".spec.version")
"""The fields that lists and watches can select by."""

CRDS = Path(__file__).parents[3] / "crds"
"""Where the files are checked in."""

_READY = '.status.conditions[?(@.type=="Ready")]'


def crd() -> dict[str, Any]:
    """Return the definition that a cluster needs before it can hold Microservices."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["msvc"],
                "categories": ["all", "msa"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}, "scale": _scale()},
                    "selectableFields": [{"jsonPath": path} for path in SELECTABLE],
                    "additionalPrinterColumns": _columns(),
                    "schema": {"openAPIV3Schema": schema()},
                }
            ],
        },
    }


def schema() -> Schema:
    """Return the schema of a whole Microservice."""
    return {
        "description": "One small object that becomes everything a well-run microservice needs.",
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": {
                "description": f"Group and version. Example: `{GROUP}/{VERSION}`.",
                "type": "string",
            },
            "kind": {"description": f"Kind of the object. Example: `{KIND}`.", "type": "string"},
            # A rule can only point at a field that the schema names.
            "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
            "spec": structural(Spec),
            # Without a default of its own the defaults inside would have no place to stand.
            "status": {**structural(Status), "default": {}},
        },
        "x-kubernetes-validations": [rule.render() for rule in Microservice.laws()],
    }


def _scale() -> dict[str, str]:
    return {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }


def _columns() -> list[dict[str, Any]]:
    shown = {
        "Ready": f"{_READY}.status",
        "Reason": f"{_READY}.reason",
        "Pods": ".status.pods",
        "Version": ".status.version",
        "Traffic": ".status.traffic",
    }
    wide = {
        "URL": ".status.endpoints[0].url",
        "Image": ".spec.image",
        "Message": f"{_READY}.message",
    }
    age = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    return [
        *({"name": name, "type": "string", "jsonPath": path} for name, path in shown.items()),
        age,
        *(
            {"name": name, "type": "string", "jsonPath": path, "priority": 1}
            for name, path in wide.items()
        ),
    ]


def files() -> dict[str, str]:
    """Return what belongs into the folder `crds`, by name."""
    import yaml  # noqa: PLC0415 - the operator itself never writes the files

    definition = yaml.safe_dump(crd(), sort_keys=False, width=100)
    return {
        "microservices.yaml": f"# Made by `make crds` from the models; do not edit.\n{definition}",
        "README.md": reference(schema()),
    }


def write(folder: Path) -> None:
    """Write the files into `folder`."""
    folder.mkdir(exist_ok=True)
    for name, content in files().items():
        (folder / name).write_text(content)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else CRDS)
