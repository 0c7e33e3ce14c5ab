"""A kind cluster of its own, with the image that Docker builds and the chart."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.cluster import Kubectl, StepFailed, progress
from tests.cluster.context import user_kubectl
from tests.cluster.paths import ROOT, RUN
from tests.demo.places import release

if TYPE_CHECKING:
    from tests.demo.screen import Screen

NAME = "microservice-demo"
NODE_IMAGE = "kindest/node:v1.36.1"
IMAGE = "microservice-operator:demo"
HOMES = {"docker": "https://docs.docker.com/get-docker", "kind": "https://kind.sigs.k8s.io"}


class Kind:
    """Kubernetes in Docker, with the operator installed by Helm."""

    about = "a kind cluster with real pods, the image built by Docker, installed by Helm"
    typed = "kubectl"
    inside = ("docker", "exec", f"{NAME}-control-plane")

    def __init__(self) -> None:
        self._folder = RUN / "demo-kind"
        self._kubeconfig = self._folder / "kubeconfig"

    def missing(self) -> str:
        """Docker or kind, or somebody who answers Docker."""
        for program, home in HOMES.items():
            if not shutil.which(program):
                return f"there is no {program} on the PATH; install it from {home}"
        if _answer("docker", "info") is None:
            return "no Docker daemon answers; start Docker (`docker info` tells more)"
        return ""

    @property
    def kubectl(self) -> Kubectl:
        """The user's own, bound to this cluster."""
        return Kubectl(user_kubectl(), self._kubeconfig)

    @property
    def log(self) -> str:
        """Both operators speak in pods."""
        return f"{self.typed} {release.LOG}"

    def up(self, screen: Screen) -> None:
        """Create the cluster unless it is there; no other kubeconfig is touched."""
        screen.step(f"A kind cluster: {NAME}")
        self._folder.mkdir(parents=True, exist_ok=True)
        if NAME in (_clusters() or ()):
            self._run("kind export kubeconfig", "--name", NAME, *self._own)
            screen.done("runs already")
            return
        self._run(
            *("kind create cluster", "--name", NAME, *self._own),
            *("--image", NODE_IMAGE, "--wait", "180s"),
        )
        screen.done("ready; its pods are real, and it pulls what the example needs")

    def operate(self, screen: Screen) -> None:
        """Build the image, give it to the cluster, and install the chart."""
        screen.step("The operator's image, built by Docker")
        screen.command(f"make image IMAGE={IMAGE}")
        self._run("make image", f"IMAGE={IMAGE}", f"--directory={ROOT}", "--no-print-directory")
        screen.command(f"kind load docker-image {IMAGE} --name {NAME}")
        self._run("kind load docker-image", IMAGE, "--name", NAME)
        screen.done(IMAGE)
        release.install(self.kubectl, self.typed, IMAGE, screen)

    def down(self) -> bool:
        """Delete the cluster, and the name of the image."""
        clusters = _clusters()
        if clusters is None and self._folder.exists():
            cause = "kind cannot tell whether it is there"
            raise StepFailed("delete the kind cluster", cause, advice="start Docker, and try again")
        if NAME in (clusters or ()):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._run("kind delete cluster", "--name", NAME, *self._own)
            _answer("docker", "image", "rm", IMAGE)
        existed = self._folder.exists()
        shutil.rmtree(self._folder, ignore_errors=True)
        return existed

    @property
    def _own(self) -> tuple[str, str]:
        return "--kubeconfig", str(self._kubeconfig)

    def _run(self, words: str, *arguments: str) -> None:
        progress.run(
            words,
            [*words.split(), *arguments],
            log=self._folder / f"{words.replace(' ', '-')}.log",
            env={},
            advice="mend what the log says, then run `make demo CLUSTER=kind` again",
        )


def _clusters() -> list[str] | None:
    """All clusters of kind, also those that nothing here remembers; None when it cannot tell."""
    said = _answer("kind", "get", "clusters") if shutil.which("kind") else None
    return None if said is None else said.split()


def _answer(*command: str) -> str | None:
    """What a command says; None when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return None if done.returncode else done.stdout
