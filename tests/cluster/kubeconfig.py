"""Writing kubeconfig files that need no other file beside them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path


def with_certificate(certificate: Path, key: Path) -> dict[str, str]:
    """The credentials of a user who is known by a client certificate."""
    return {
        "client-certificate-data": _inline(certificate),
        "client-key-data": _inline(key),
    }


def write(path: Path, server: str, authority: Path, credentials: dict[str, str]) -> Path:
    """Write a kubeconfig with one cluster, one user and one context, readable by its owner."""
    name = "testbed"
    cluster = {"server": server, "certificate-authority-data": _inline(authority)}
    context = {"cluster": name, "user": name, "namespace": "default"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": credentials}],
        "contexts": [{"name": name, "context": context}],
        "current-context": name,
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))
    return path


def _inline(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
