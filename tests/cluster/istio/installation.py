"""What Istio's own tool makes of the settings in `install.yaml`, and the gateways beside it."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import yaml

from tests.cluster.istio import edge
from tests.cluster.paths import CACHE
from tests.cluster.tools import tool

HERE = Path(__file__).parent
SETTINGS = HERE / "install.yaml"
NAMESPACE = "istio-system"
OWN_NAMESPACE = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n"


def tagged(name: str) -> str:
    """The name under which Istio asks for one of its images."""
    spec = yaml.safe_load(SETTINGS.read_text())["spec"]
    return f"{spec['hub']}/{name}:{spec['tag']}"


def manifests() -> tuple[str, ...]:
    """All that is applied, in this order: definitions first."""
    documents = re.split(r"^---$", _generated(), flags=re.MULTILINE)
    definitions = [text for text in documents if "\nkind: CustomResourceDefinition\n" in text]
    rest = [text for text in documents if text not in definitions]
    parts = ([OWN_NAMESPACE, *definitions], rest)
    return (*("---\n".join(part) for part in parts), edge.manifests())


def _generated() -> str:
    """What `istioctl install` would apply."""
    istioctl = tool("istioctl")
    identity = f"{istioctl} {SETTINGS.read_text()}"
    made = CACHE / f"istio-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.yaml"
    if not made.exists():
        command = [str(istioctl), "manifest", "generate", f"--filename={SETTINGS}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        unfinished = made.with_suffix(".unfinished")
        unfinished.write_text(done.stdout)
        unfinished.rename(made)
    return made.read_text()
