"""The command lines of the light bed: which components run, and how each is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.paths import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PORTS = (
    "etcd",
    "etcd-peer",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
)

# How each component says that it works; etcd's word is implied by the API server's.
HEALTH = {
    "kube-apiserver": "/readyz",
    "kube-controller-manager": "/healthz",
    "kube-scheduler": "/readyz",
    "kwok": "/readyz",
}

# Whose requests are whose: the audit log tells the components apart by these names.
USERS = {
    "kube-controller-manager": "system:kube-controller-manager",
    "kube-scheduler": "system:kube-scheduler",
    "kwok": "system:kwok",
}

NEVER = "8760h"


def commands(
    binaries: Path,
    folder: Path,
    ports: Mapping[str, int],
    extra: Mapping[str, Sequence[str]],
) -> dict[str, list[str]]:
    """The command of every component, in the order in which they are started."""
    flags = {
        "etcd": _etcd(folder, ports),
        "kube-apiserver": _apiserver(folder, ports),
        "kube-controller-manager": _controller_manager(folder, ports),
        "kube-scheduler": _scheduler(folder, ports),
        "kwok": _kwok(folder, ports),
    }
    return {name: [str(binaries / name), *own, *extra.get(name, ())] for name, own in flags.items()}


def _etcd(folder: Path, ports: Mapping[str, int]) -> list[str]:
    client, peer = (f"http://127.0.0.1:{ports[name]}" for name in ("etcd", "etcd-peer"))
    return [
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",  # nobody needs this data after a power cut
        "--log-level=warn",
    ]


def _apiserver(folder: Path, ports: Mapping[str, int]) -> list[str]:
    pki = folder / "pki"
    return [
        f"--etcd-servers=http://127.0.0.1:{ports['etcd']}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        # The loopback address may not be an endpoint, and no pod could reach it anyway.
        "--endpoint-reconciler-type=none",
        f"--secure-port={ports['kube-apiserver']}",
        f"--client-ca-file={pki}/ca.crt",
        *_serving(folder),
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki}/service-account.pub",
        f"--service-account-signing-key-file={pki}/service-account.key",
        "--service-cluster-ip-range=10.96.0.0/12",
        "--authorization-mode=RBAC",
        "--allow-privileged",
        f"--audit-policy-file={HERE}/audit-policy.yaml",
        f"--audit-log-path={folder}/audit.log",
        # A response ends after its line is written, and the file is never rotated away.
        "--audit-log-mode=blocking-strict",
        "--audit-log-maxsize=100000",
    ]


def _controller_manager(folder: Path, ports: Mapping[str, int]) -> list[str]:
    return [
        *_client(folder, "kube-controller-manager"),
        *_serving(folder),
        f"--secure-port={ports['kube-controller-manager']}",
        "--bind-address=127.0.0.1",
        f"--service-account-private-key-file={folder}/pki/service-account.key",
        f"--root-ca-file={folder}/pki/ca.crt",
        "--leader-elect=false",
        "--horizontal-pod-autoscaler-sync-period=2s",
        # The default of 20 requests per second would be measured in place of the operator.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        # Nodes send no heartbeats, so that a paused API server evicts nobody.
        f"--node-monitor-grace-period={NEVER}",
    ]


def _scheduler(folder: Path, ports: Mapping[str, int]) -> list[str]:
    return [
        *_client(folder, "kube-scheduler"),
        *_serving(folder),
        f"--secure-port={ports['kube-scheduler']}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def _kwok(folder: Path, ports: Mapping[str, int]) -> list[str]:
    return [
        *_client(folder, "kwok"),
        *_serving(folder),
        f"--server-address=127.0.0.1:{ports['kwok']}",
        *(f"--config={file}" for file in sorted((HERE / "stages").glob("*.yaml"))),
        "--manage-all-nodes",
        "--node-lease-duration-seconds=0",
        "--cidr=10.244.0.0/14",
    ]


def _client(folder: Path, component: str) -> list[str]:
    return [f"--kubeconfig={folder}/{component}.kubeconfig"]


def _serving(folder: Path) -> list[str]:
    """All components are asked for their health on the same address, so one certificate serves."""
    pki = folder / "pki"
    return [f"--tls-cert-file={pki}/server.crt", f"--tls-private-key-file={pki}/server.key"]
