"""The life of a release on a real API server: install, upgrade, rollback, uninstall."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.chart import CHART
from tests.chart.helm import NAMESPACE, RELEASE, Helm, of_kind
from tests.chart.rights import granted
from tests.cluster import Cluster, wait_until
from tests.cluster.paths import ROOT
from tests.integration.process import Process
from tests.integration.revisions import MICROSERVICES
from tests.integration.rights import denied, used
from tests.integration.world import USER

if TYPE_CHECKING:
    from collections.abc import Iterator

CRD = "microservices.microservices.dev"
WHERE = f"--namespace={NAMESPACE}"
ROLES = ("view", "edit", "admin")
REFUSED = {("view", "create"), ("view", "delete")}


@pytest.fixture(scope="module")
def bare() -> Iterator[Cluster]:
    """A cluster that has never heard of Microservices."""
    with Cluster(nodes=1) as running:
        yield running


@pytest.fixture
def helm_there(bare: Cluster, helm: Helm) -> Iterator[Helm]:
    """Helm in that cluster; whatever is installed goes with the test."""
    there = Helm(helm.binary, bare.kubeconfig)
    yield there
    there("uninstall", RELEASE, WHERE, "--ignore-not-found", "--wait")
    ask_for_the_kind(bare)
    bare.kubectl("delete", "crd", CRD, "--ignore-not-found")
    wait_until(lambda: bare.get("crd", CRD) is None, "the definition to go")


def ask_for_the_kind(cluster: Cluster) -> None:
    """The server may take minutes to delete the definition of a kind nobody has asked for."""
    if cluster.get("crd", CRD):
        asked = partial(cluster.api.request, "GET", MICROSERVICES)
        wait_until(lambda: asked()[0] == 200, "the kind to be served")


def install(helm: Helm, *options: str, **values: Any) -> str:
    """Install the chart, or upgrade it, and wait as a user would; what Helm says."""
    return helm(
        *("upgrade", "--install", RELEASE, str(CHART), WHERE, "--create-namespace"),
        *("--wait", "--timeout=60s", *options),
        values=values,
    ).stdout


def deployment(cluster: Cluster) -> dict[str, Any]:
    """The operator's Deployment as it is in the cluster."""
    found = cluster.get("deployment", RELEASE, NAMESPACE)
    assert found is not None
    return found


def test_a_release_is_installed_upgraded_rolled_back_and_uninstalled(
    bare: Cluster, helm_there: Helm
) -> None:
    """All that it is made of comes, changes, changes back and goes; the definition stays."""
    said = install(helm_there)
    assert "kubectl apply -n default" in said
    assert f"helm test -n {NAMESPACE} {RELEASE}" in said
    assert deployment(bare)["spec"]["replicas"] == 2

    install(helm_there, replicas=3, platform={"defaults": {"replicas": 3}})
    settings = bare.get("configmap", f"{RELEASE}-settings", NAMESPACE)
    assert deployment(bare)["spec"]["replicas"] == 3
    assert settings
    assert yaml.safe_load(settings["data"]["settings.yaml"]) == {"defaults": {"replicas": 3}}

    helm_there("rollback", RELEASE, "1", WHERE, "--wait", "--timeout=60s")
    settings = bare.get("configmap", f"{RELEASE}-settings", NAMESPACE)
    assert deployment(bare)["spec"]["replicas"] == 2
    assert settings
    assert yaml.safe_load(settings["data"]["settings.yaml"]) == {}

    helm_there("uninstall", RELEASE, WHERE, "--wait")
    assert bare.get("deployment", RELEASE, NAMESPACE) is None
    assert bare.get("clusterrole", RELEASE) is None
    assert bare.get("crd", CRD), "with it, every Microservice would be gone"


def test_the_definition_goes_with_the_release_when_told_so(bare: Cluster, helm_there: Helm) -> None:
    """`crds.keep: false` is for those who want nothing left."""
    install(helm_there, crds={"keep": False})
    ask_for_the_kind(bare)

    helm_there("uninstall", RELEASE, WHERE, "--wait")

    wait_until(lambda: bare.get("crd", CRD) is None, "the definition to go")


def test_a_kept_definition_is_taken_up_again(bare: Cluster, helm_there: Helm) -> None:
    """Uninstalled and installed again, the Microservices are still there."""
    install(helm_there)
    bare.apply((ROOT / "examples/hello/microservice.yaml").read_text(), "default")
    helm_there("uninstall", RELEASE, WHERE, "--wait")

    install(helm_there)

    assert bare.kubectl("get", "msvc", "-n", "default", "-o", "name").stdout


def test_a_definition_that_kubectl_has_applied_is_taken_over(
    bare: Cluster, helm_there: Helm
) -> None:
    """Helm refuses what is not its own until it is told to take it."""
    bare.kubectl("apply", "--server-side", "-f", str(ROOT / "crds/microservices.yaml"))

    refused = helm_there("install", RELEASE, str(CHART), WHERE, "--create-namespace", check=False)
    install(helm_there, "--take-ownership", "--force-conflicts")

    assert "--take-ownership --force-conflicts" in (CHART / "README.md").read_text()
    assert refused.returncode != 0
    assert CRD in refused.stderr
    taken = bare.get("crd", CRD)
    assert taken
    assert taken["metadata"]["annotations"]["meta.helm.sh/release-name"] == RELEASE


def test_the_server_takes_every_object_as_it_is(bare: Cluster, helm_there: Helm) -> None:
    """Unknown fields, wrong types and wrong names would be refused, warnings are none."""
    everything = helm_there.render(
        networkPolicy={"enabled": True, "apiServerCidrs": ["192.0.2.1/32"]},
        metrics={"dashboard": {"enabled": True}},
        namespaces=["default"],
    )
    install(helm_there)
    apply = ("apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-")
    # No pod is let in before its account.
    bare.kubectl(*apply, input=yaml.safe_dump_all(of_kind(everything, "ServiceAccount")))

    done = bare.kubectl(*apply, "--dry-run=server", input=yaml.safe_dump_all(everything))

    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == len(everything)


def test_people_may_do_with_microservices_what_they_may_do_with_deployments(
    bare: Cluster, helm_there: Helm
) -> None:
    """The cluster's own roles hold for the new kind: nobody has to grant anything."""
    install(helm_there)
    for role in ROLES:
        bare.kubectl(
            "create", "clusterrolebinding", role, f"--clusterrole={role}", f"--user={role}"
        )
    every = {(role, verb) for role in ROLES for verb in ("get", "create", "delete")}

    for role, verb in sorted(every - REFUSED):
        bare.kubectl.await_right(role, verb, "msvc", "default")

    assert not any(bare.kubectl.may(role, verb, "msvc", "default") for role, verb in REFUSED)


def test_make_install_needs_no_helm_of_its_own(bare: Cluster, helm_there: Helm) -> None:
    """Where there is none on the PATH, the one that is built from its module does it."""
    path = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not (Path(folder) / "helm").exists()
    )

    done = subprocess.run(
        ["make", "install", "ARGS=--set replicas=1"],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "KUBECONFIG": str(bare.kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "no helm on the PATH" in done.stderr
    assert deployment(bare)["spec"]["replicas"] == 1
    assert RELEASE in helm_there("list", WHERE).stdout


def test_the_selftest_tells_whether_the_operator_works(
    bare: Cluster, helm_there: Helm, tmp_path: Path
) -> None:
    """What `helm test` runs, with the rights that it has there: silent operator, working operator.

    The operator serves one namespace with the chart's Role for it; the test needs all of its own.
    """
    install(helm_there, namespaces=["default"])
    said = helm_there("get", "hooks", RELEASE, WHERE).stdout
    hooks = [hook for hook in yaml.safe_load_all(said) if hook]
    [pod] = of_kind(hooks, "Pod")
    bare.apply([hook for hook in hooks if hook is not pod])
    [container] = pod["spec"]["containers"]
    for account, verb in ((f"{USER}-test", "create"), (USER, "list")):
        bare.kubectl.await_right(account, verb, "msvc", "default")
    tester = bare.kubeconfig_for_account(NAMESPACE, pod["spec"]["serviceAccountName"])

    silent = selftest(tester, *container["args"], "--timeout=2")
    operator = bare.kubeconfig_for_account(NAMESPACE, RELEASE)
    with Process(operator, tmp_path / "log", ("-n", "default", "--log-format=json")):
        working = selftest(tester, *container["args"])

    assert silent.returncode == 1
    assert "nobody has looked at it" in silent.stderr
    assert (working.returncode, working.stderr) == (0, "")
    assert "the operator works" in working.stdout
    assert json.loads(bare.kubectl("get", "msvc", "-A", "-o", "json").stdout)["items"] == []
    for user in (USER, f"{USER}-test"):
        assert list(denied(bare.audit.requests(user=user))) == []
    [role] = of_kind(hooks, "Role")
    assert granted(role["rules"]) == used(bare.audit.requests(user=f"{USER}-test"))


def selftest(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what the pod runs, as whom it runs."""
    return subprocess.run(
        [sys.executable, "-m", "microservice_operator", *arguments],
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
