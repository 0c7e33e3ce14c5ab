"""Beds that are not ours: the cluster of the current context, or one of kind's."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tests.cluster import Kubectl, StepFailed
from tests.cluster.context import keep_context, user_kubectl
from tests.cluster.images import catalogue
from tests.cluster.node.seed import MANIFESTS
from tests.cluster.paths import ROOT, RUN
from tests.e2e.images import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from tests.cluster.kubectl import Manifest

CRD = "microservices.microservices.dev"
ADVICE = "set KUBECONFIG to a cluster that may be used for tests, or leave CLUSTER out"
IMAGES = {
    "IMAGE": "the operator's image with its tag, as `make image` builds it",
    "APP_IMAGE": "the repository that has the test application under the tags v1 and v2 "
    "(`python -m tests.cluster images` makes archives for `docker load`)",
}

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Proxied:
    """Requests through `kubectl proxy`, which knows every way to sign in."""

    port: int

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send one request and return the status code and the decoded answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            answer = response.read().decode(errors="replace")
        finally:
            connection.close()
        try:
            return response.status, json.loads(answer)
        except ValueError:
            return response.status, answer


class Current:
    """The cluster of the current context; nothing of it is touched that the suite did not bring."""

    suite: ClassVar[str] = "e2e"
    images: ClassVar[Mapping[str, str]] = IMAGES
    """The variables that name what must be there, and what each means."""

    def __init__(self) -> None:
        self._folder = RUN / f"{self.suite}-{os.getpid()}-{next(_numbers)}"
        self.kubeconfig = self._folder / "kubeconfig"
        self._proxy: subprocess.Popen[str] | None = None

    @property
    def kubectl(self) -> Kubectl:
        """The user's own."""
        return Kubectl(user_kubectl(), self.kubeconfig)

    @property
    def api(self) -> Proxied:
        """As the user."""
        assert self._proxy, "there is no cluster yet"
        return Proxied(self._port)

    def apply(
        self, manifests: str | Manifest | list[Manifest], namespace: str | None = None
    ) -> None:
        """Apply YAML text, one manifest or a list of them."""
        self.kubectl.apply(manifests, namespace)

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """One object, or None if there is none of that name."""
        return self.kubectl.get(kind, name, namespace)

    def check(self, step: str) -> None:
        """Raise if nobody carries our requests any more."""
        assert self._proxy
        assert self._proxy.poll() is None, f"{step}: kubectl proxy has ended"

    def build(self) -> None:
        """See that all images are named: whoever owns the cluster has brought them there."""
        if absent := [variable for variable in self.images if not os.environ.get(variable)]:
            cause = f"{' and '.join(absent)} must be set"
            advice = "; ".join(f"{variable} is {self.images[variable]}" for variable in absent)
            raise StepFailed("use the current context", cause, advice=advice)
        self._look()

    def __enter__(self) -> Self:
        self._sign_in()
        command = (str(self.kubectl.binary), "proxy", "--port=0")
        self._proxy = subprocess.Popen(
            command, env=self.kubectl.environment, stdout=subprocess.PIPE, text=True
        )
        assert self._proxy.stdout
        told = self._proxy.stdout.readline()
        [port] = re.findall(r":(\d+)\s*$", told)
        self._port = int(port)
        return self

    def __exit__(self, *_: object) -> None:
        self.kubectl("delete", "crd", CRD, "--ignore-not-found", timeout=120)
        if self._proxy:
            self._proxy.kill()
            self._proxy.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _sign_in(self) -> None:
        keep_context(self.kubeconfig, ADVICE)

    def _look(self) -> None:
        """See whether it will do, before anything is brought."""
        self._sign_in()
        try:
            self._judge()
        finally:
            shutil.rmtree(self._folder)

    def _judge(self) -> None:
        """Who has Microservices would lose them in the end."""
        found = self.kubectl("get", "crd", CRD, "--ignore-not-found", check=False)
        if cause := found.stderr.strip() or (found.stdout and f"it has the definition {CRD}"):
            raise StepFailed("use this cluster", cause, advice=ADVICE)


class Kind(Current):
    """A cluster of kind, made unless it is there, with images built by Docker."""

    def __init__(self) -> None:
        super().__init__()
        self._name = os.environ.get("KIND_CLUSTER") or self.suite
        self._ours = False

    @override
    def build(self) -> None:
        for program in ("docker", "kind"):
            if not shutil.which(program):
                raise StepFailed("use kind", f"there is no {program}", advice=f"install {program}")
        self._ours = self._name not in run("kind", "get", "clusters").split()
        if self._ours:
            run("kind", "create", "cluster", f"--name={self._name}", "--wait=120s")
        self._bring_operator()
        for archive in (catalogue.app("v1"), catalogue.app("v2"), catalogue.metrics_server()):
            run("kind", "load", "image-archive", str(archive), f"--name={self._name}")
        self._look()

    def _bring_operator(self) -> None:
        run("make", "image", f"IMAGE={OPERATOR}")
        run("kind", "load", "docker-image", OPERATOR, f"--name={self._name}")

    @override
    def _sign_in(self) -> None:
        self._folder.mkdir(parents=True)
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(run("kind", "get", "kubeconfig", f"--name={self._name}"))
        self.apply((MANIFESTS / "metrics-server.yaml").read_text())

    @override
    def __exit__(self, *_: object) -> None:
        super().__exit__()
        if self._ours:
            run("kind", "delete", "cluster", f"--name={self._name}")


def run(*command: str) -> str:
    """What a command says that brings something.

    Raises:
        StepFailed: showing the end of its errors.
    """
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800
    )
    if done.returncode:
        raise StepFailed(" ".join(command), done.stderr.strip()[-2000:], advice="see above")
    return done.stdout
