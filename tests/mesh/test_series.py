"""The names by which objectives and dashboards ask for requests are those of Istio's proxies."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path

from tests import apps
from tests.cluster.build import GO_ENVIRONMENT
from tests.cluster.golang import find_go
from tests.cluster.paths import HERE

FOLDERS = (
    "tests/integration/telemetry",
    "tests/integration/ambient",
    "manifests/addons/dashboards",
)
KINDS = {".go", ".json", ".yaml", ".libsonnet"}


@cache
def known() -> str:
    """What Istio itself asks its proxies for: in its own tests, and in its dashboards."""
    done = subprocess.run(
        [str(find_go()), "mod", "download", "-json", "istio.io/istio"],
        cwd=HERE / "istio",
        env={**os.environ, **GO_ENVIRONMENT},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    home = Path(json.loads(done.stdout)["Dir"])
    files = [file for folder in FOLDERS for file in (home / folder).rglob("*")]
    return "\n".join(file.read_text() for file in files if file.suffix in KINDS)


def test_istio_itself_asks_by_the_same_names() -> None:
    """Upstream's Envoy counts none of it, and a name that nobody counts is an alert that sleeps."""
    ports = [{"name": "grpc", "port": 9090, "protocol": "GRPC"}]
    slo = {"availability": "99.9", "latency": {"percent": "99", "under": "250ms"}}
    app = apps.meshed(ports=ports, observability={"slo": slo, "dashboard": "Create"})
    children = apps.children(app)
    [dashboard] = children["ConfigMap-dashboard"]["data"].values()
    asked = json.dumps(children["PrometheusRule"]) + dashboard

    found = re.findall(r"(istio_\w+?)(?:_bucket|_count)?\{(.*?)\}", asked.replace("\\", ""))
    names = {metric for metric, _ in found}
    labels = {name for _, chosen in found for name in re.findall(r"(\w+)(?:=~|!=|=)", chosen)}
    labels |= {*re.findall(r"sum by \((destination_\w+|response_\w+)\)", asked)}

    assert len(names) == 2
    assert len(labels) >= 8
    missing = [name for name in sorted(names | labels) if not re.search(rf"\b{name}", known())]
    assert not missing, f"Istio knows nothing of {missing}"
