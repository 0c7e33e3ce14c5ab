"""What the test bed promises to the tests that stand on it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cluster import Cluster, StepFailed, wait_until
from tests.cluster.build import PACKAGES, build
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.cluster

READY_WITHIN = 15
COMPONENTS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}


# ---------------------------------------------------------------------- start and end


def test_a_cluster_is_ready_within_seconds(
    cluster: Cluster, private_cluster: Callable[..., Cluster]
) -> None:
    """Once built, a control plane costs seconds; the summary tells them, the margin is wide."""
    seconds = cluster.seconds_to_ready
    if seconds >= READY_WITHIN:  # the first one has read its programs from a cold disk
        seconds = private_cluster().seconds_to_ready
    assert seconds < READY_WITHIN
    assert cluster.processes.running().keys() >= COMPONENTS


def test_two_clusters_live_side_by_side(
    cluster: Cluster, namespace: str, private_cluster: Callable[..., Cluster]
) -> None:
    """Neither sees the other, and the end of one is nothing to the other."""
    other = private_cluster(nodes=1)

    assert other.get("namespace", namespace) is None
    assert len(other.kubectl("get", "nodes", "-o", "name").stdout.split()) == 1
    other.stop()
    assert not other.folder.exists()
    assert cluster.get("namespace", namespace)


def test_everything_ends_when_the_caller_is_killed() -> None:
    """A killed test run can clean up nothing, and yet leaves no process and no folder."""
    orphan = Cluster(f"orphan-{os.getpid()}")
    program = (
        "import signal; from tests.cluster import Cluster;"
        f"Cluster({orphan.name!r}).start(); print('started', flush=True); signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE
    ) as caller:
        try:
            assert caller.stdout
            assert caller.stdout.readline() == b"started\n"
            pids = orphan.processes.running()
        finally:
            caller.kill()

    assert pids.keys() == COMPONENTS
    wait_until(lambda: not orphan.folder.exists(), "the folder to go", timeout=15)
    wait_until(lambda: not any(map(alive, pids.values())), "the processes to go")


def test_up_stays_until_down() -> None:
    """`up` outlives its command and may be repeated; `down` leaves nothing and may be repeated."""
    by_hand = Cluster(f"by-hand-{os.getpid()}")
    try:
        first, second = command_line("up", by_hand), command_line("up", by_hand)
        pids = by_hand.processes.running()
        version = command_line("kubectl", by_hand, "version")
        status = command_line("status", by_hand)
    finally:
        gone, nothing = command_line("down", by_hand), command_line("down", by_hand)

    assert "is ready after" in first
    assert "runs already" in second
    assert all(f"export KUBECONFIG={by_hand.kubeconfig}" in output for output in (first, second))
    assert "Server Version: v1." in version
    assert str(by_hand.kubeconfig) in status
    assert pids.keys() == COMPONENTS
    assert "is gone" in gone
    assert "there is no cluster" in nothing
    assert not by_hand.folder.exists()
    assert not any(map(alive, pids.values()))


def test_a_failed_start_says_what_failed_and_leaves_nothing() -> None:
    """The error names the component, quotes its log, and says what to do."""
    broken = Cluster(flags={"kube-scheduler": ["--no-such-flag"]})

    with pytest.raises(StepFailed) as failure:
        broken.start()

    text = str(failure.value)
    assert "kube-scheduler failed" in text
    assert "unknown flag: --no-such-flag" in text
    assert "What to do" in text
    assert not broken.folder.exists()


def test_a_failed_build_says_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the binary, quotes the compiler, and says what to do."""
    monkeypatch.setitem(PACKAGES, "kube-nothing", "k8s.io/kubernetes/cmd/kube-nothing")

    with pytest.raises(StepFailed) as failure:
        build(["kube-nothing"])

    text = str(failure.value)
    assert "[1/1] kube-nothing failed" in text
    assert "k8s.io/kubernetes/cmd/kube-nothing" in text.partition("What to do")[0]


def command_line(command: str, cluster: Cluster, *arguments: str) -> str:
    """The output of `python -m tests.cluster` for one cluster."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster", "--name", cluster.name, command, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    return done.stdout


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody has buried yet does not."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")


# ------------------------------------------------------------------- faults on purpose


def test_components_can_be_paused_killed_and_started_again(
    private_cluster: Callable[..., Cluster],
) -> None:
    """A frozen API server answers nobody, and what it knew survives the crash of all."""
    cluster = private_cluster(nodes=1)
    cluster.kubectl("create", "namespace", "kept")
    processes = cluster.processes

    processes.pause("kube-apiserver")
    frozen = cluster.kubectl("get", "ns", "kept", "--request-timeout=1s", check=False)
    processes.resume("kube-apiserver")
    thawed = cluster.get("namespace", "kept")
    for name in ("kube-apiserver", "etcd"):
        processes.kill(name)
    assert processes.running().keys() == COMPONENTS - {"kube-apiserver", "etcd"}
    for name in ("etcd", "kube-apiserver"):
        processes.start(name)
    wait_until(lambda: cluster.api.healthy("/readyz"), "the API server's return")

    assert frozen.returncode != 0
    assert thawed
    assert cluster.get("namespace", "kept")


# ----------------------------------------------------------------------------- requests


def test_the_audit_log_counts_each_request_once(cluster: Cluster, namespace: str) -> None:
    """One create is one entry, with who asked, for what, and the answer."""
    before = cluster.audit.mark()
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    cluster.api.request("POST", path, manifest, agent="counter")
    after = cluster.audit.mark()
    cluster.api.request("GET", f"{path}/one", agent="counter")

    [first, second] = cluster.audit.requests(since=before, user_agent="counter")
    assert (first.user, first.verb, first.resource, first.code) == (
        "admin",
        "create",
        "configmaps",
        201,
    )
    assert (first.namespace, first.name) == (namespace, "one")
    assert second.verb == "get"
    assert cluster.audit.requests(since=after, user_agent="counter") == [second]


def test_a_watch_is_counted_when_it_opens(cluster: Cluster, namespace: str) -> None:
    """A watch is one request, while it lasts as well as after its end."""
    before = cluster.audit.mark()
    path = f"/api/v1/namespaces/{namespace}/configmaps?watch=true&timeoutSeconds=1"

    cluster.api.request("GET", path, agent="watcher")

    [watch] = cluster.audit.requests(since=before, user_agent="watcher")
    assert (watch.verb, watch.code) == ("watch", 200)


def test_users_are_told_apart_and_held_to_rbac(cluster: Cluster, namespace: str) -> None:
    """A user may do what its group was granted, no more, and is counted under its own name."""
    kubeconfig = cluster.kubeconfig_for("jane", ["auditors", "readers"])
    grant(cluster, namespace, "--group=readers", "jane", "readers")
    before = cluster.audit.mark()
    jane = cluster.kubectl_as(kubeconfig)

    jane("get", "configmaps", "-n", namespace)
    refused = jane("get", "secrets", "-n", namespace, check=False)

    assert "Forbidden" in refused.stderr
    codes = [
        (request.resource, request.code)
        for request in cluster.audit.requests(since=before, user="jane", verb="list")
    ]
    assert codes == [("configmaps", 200), ("secrets", 403)]


def test_service_accounts_can_sign_in(cluster: Cluster, namespace: str) -> None:
    """The real token of a service account carries its real name and rights."""
    cluster.kubectl("create", "serviceaccount", "robot", "-n", namespace)
    account = f"system:serviceaccount:{namespace}:robot"
    grant(cluster, namespace, f"--serviceaccount={namespace}:robot", account)

    robot = cluster.kubectl_as(cluster.kubeconfig_for_account(namespace, "robot"))

    name = robot("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").stdout
    assert name == account
    maps = ("get", "configmaps", "-n", namespace)
    wait_until(lambda: "root-ca" in robot(*maps).stdout, "the root CA to be published")


def grant(cluster: Cluster, namespace: str, subject: str, user: str, *groups: str) -> None:
    """Let somebody read the ConfigMaps of a namespace, and wait until this user may."""
    role = ["role", "reader", "--verb=list", "--resource=configmaps"]
    cluster.kubectl("create", *role, "-n", namespace)
    cluster.kubectl("create", "rolebinding", "reader", "--role=reader", subject, "-n", namespace)
    cluster.kubectl.await_right(user, "list", "configmaps", namespace, *groups)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_has_a_namespace_of_its_own(cluster: Cluster, namespace: str, turn: str) -> None:
    """Nothing is there that another test has left."""
    secrets = cluster.kubectl("get", "secrets", "-n", namespace, "-o", "name").stdout

    cluster.kubectl("create", "secret", "generic", turn, "-n", namespace)

    assert not secrets
