"""What the chart is made of: all that is generated in it, rendered here and held by tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from microservice_operator.api.crd import files as crd_files
from tests.chart import dashboard, rights, values
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHART = ROOT / "charts" / "microservice-operator"
TABLE = "<!-- values -->\n"
CRD = "microservices.yaml"
RULES = "# Made by `make chart` from the kinds that the operator reads and writes; do not edit.\n"


def files() -> dict[Path, str]:
    """Return everything that is generated in the chart, by path."""
    known = values.read((CHART / "values.yaml").read_text())
    return {
        CHART / "values.schema.json": _json(values.schema(known)),
        CHART / "README.md": _readme(values.table(known)),
        CHART / "files" / CRD: crd_files()[CRD],
        CHART / "files" / "rules.yaml": _rules(rights.rules()),
        CHART / "files" / "definitions.yaml": _rules([rights.definitions()]),
        CHART / "files" / "leadership.yaml": _rules([rights.leadership()]),
        CHART / "files" / "dashboard.json": _json(dashboard.dashboard()),
    }


def _rules(rules: list[dict[str, Any]]) -> str:
    told = {"rules": rules}
    return RULES + yaml.safe_dump(told, sort_keys=False, default_flow_style=None, width=100)


def _readme(table: str) -> str:
    """The README with its table of values as it must be."""
    before, _, after = (CHART / "README.md").read_text().split(TABLE)
    return f"{before}{TABLE}{table}{TABLE}{after}"


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
