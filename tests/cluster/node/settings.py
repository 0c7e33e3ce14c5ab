"""How a real node is set up: command lines, and the files that its components read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from tests.cluster import components
from tests.cluster.node.init import ADDRESS
from tests.cluster.preparation import ADMINISTRATORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAME = "node-1"
DNS = "10.96.0.10"
PODS = "10.244.0.0/16"
PODS_HERE = "10.244.0.0/24"
SOCKET = "/run/containerd/containerd.sock"
PAUSE = "testbed.example/pause:1"

CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
BINARIES = (*CONTROL_PLANE, "kubelet", "kube-proxy", "kubectl")

# Who they are for the API server.
USERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kube-controller-manager": (components.USERS["kube-controller-manager"], ADMINISTRATORS),
    "kube-scheduler": (components.USERS["kube-scheduler"], ADMINISTRATORS),
    "kubelet": (f"system:node:{NAME}", ("system:nodes",)),
    "kube-proxy": ("system:kube-proxy", ()),
}
# As whom the API server speaks: to the kubelet, and for somebody to an aggregated server.
CALLERS = {
    "kubelet-client": ("kube-apiserver-kubelet-client", ("system:masters",)),
    "front-proxy": ("front-proxy-client", ()),
}


def commands(
    binaries: Path,
    folder: Path,
    ports: Mapping[str, int],
    extra: Mapping[str, Sequence[str]],
) -> dict[str, list[str]]:
    """The command of every component inside the node, in the order in which they are started."""
    flags = {name: [*own, *extra.get(name, ())] for name, own in _control_plane(folder).items()}
    control_plane = components.commands(binaries, folder, ports, flags)
    return {
        "containerd": ["containerd", "--config", f"{folder}/containerd.toml"],
        **{name: control_plane[name] for name in CONTROL_PLANE},
        "kubelet": [
            f"{binaries}/kubelet",
            f"--config={folder}/kubelet.yaml",
            f"--kubeconfig={folder}/kubelet.kubeconfig",
            f"--hostname-override={NAME}",
            f"--node-ip={ADDRESS}",
            *extra.get("kubelet", ()),
        ],
        "kube-proxy": [
            f"{binaries}/kube-proxy",
            f"--config={folder}/kube-proxy.yaml",
            *extra.get("kube-proxy", ()),
        ],
    }


def write(folder: Path) -> None:
    """Write the files that containerd, the kubelet and kube-proxy read."""
    (folder / "cni").mkdir()
    (folder / "kubelet").mkdir()
    (folder / "cni" / "bridge.conflist").write_text(json.dumps(NETWORK))
    (folder / "containerd.toml").write_text(CONTAINERD.format(folder=folder, pause=PAUSE))
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    for name, document in (("kubelet", _kubelet(folder)), ("kube-proxy", _kube_proxy(folder))):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document))


def _control_plane(folder: Path) -> dict[str, list[str]]:
    """What differs from the light bed: pods reach this API server, and it reaches kubelets."""
    pki = folder / "pki"
    return {
        "kube-apiserver": [
            "--bind-address=0.0.0.0",
            f"--advertise-address={ADDRESS}",
            "--endpoint-reconciler-type=lease",
            "--authorization-mode=Node",  # beside RBAC
            "--enable-admission-plugins=NodeRestriction",
            f"--kubelet-client-certificate={pki}/kubelet-client.crt",
            f"--kubelet-client-key={pki}/kubelet-client.key",
            "--kubelet-preferred-address-types=InternalIP",
            f"--proxy-client-cert-file={pki}/front-proxy.crt",
            f"--proxy-client-key-file={pki}/front-proxy.key",
            f"--requestheader-client-ca-file={pki}/ca.crt",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--enable-aggregator-routing",
        ],
        "kube-controller-manager": [
            "--allocate-node-cidrs",
            f"--cluster-cidr={PODS}",
            "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
            "--horizontal-pod-autoscaler-cpu-initialization-period=10s",
        ],
    }


def _kubelet(folder: Path) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": ADDRESS,
        "authentication": {"x509": {"clientCAFile": f"{folder}/pki/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "featureGates": {"KubeletInUserNamespace": True},
        "enforceNodeAllocatable": [],
        # The disk is the machine's, and the bed is not who fills it.
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "0%",
            "imagefs.available": "0%",
            "nodefs.inodesFree": "0%",
        },
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
        # How often a pod's ConfigMaps are looked at: users wait a minute, tests need not.
        "syncFrequency": "5s",
        "clusterDNS": [DNS],
        "clusterDomain": "cluster.local",
        "resolvConf": f"{folder}/resolv.conf",
        "podLogsDir": "/var/log/pods",
    }


def _kube_proxy(folder: Path) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": f"{folder}/kube-proxy.kubeconfig"},
        "hostnameOverride": NAME,
        "clusterCIDR": PODS,
        # Zeros: leave the machine's connection tracking as it is.
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
        "nftables": {"minSyncPeriod": "100ms"},
    }


NETWORK = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "dataDir": "/run/cni/ipam",
                "ranges": [[{"subnet": PODS_HERE}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}

CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "/run/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Lowering a score needs a right that a container's root does not have.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/cni"
"""
