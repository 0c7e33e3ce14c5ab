"""The simulated nodes: room for everything, spread over three zones."""

from __future__ import annotations

from typing import Any

ROOM = {"cpu": "1k", "memory": "4Ti", "ephemeral-storage": "4Ti", "pods": "100k"}
ZONES = 3


def node(number: int, version: str) -> dict[str, Any]:
    """One node as a kubelet would register it; kwok makes it ready."""
    name = f"node-{number}"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": "region-1",
                "topology.kubernetes.io/zone": f"zone-{number % ZONES}",
            },
        },
        "status": {
            "capacity": ROOM,
            "allocatable": ROOM,
            "addresses": [
                {"type": "Hostname", "address": name},
                {"type": "InternalIP", "address": f"192.0.2.{number + 1}"},
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "kwok",
                "kernelVersion": "kwok",
                "kubeProxyVersion": version,
                "kubeletVersion": version,
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "simulated",
                "systemUUID": "",
            },
        },
    }
