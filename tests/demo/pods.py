"""What only real pods can show: an answer, and a loss that heals."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.cluster import wait_until

if TYPE_CHECKING:
    from tests.demo.places.place import Place
    from tests.demo.screen import Screen

OURS = "app.kubernetes.io/name=hello"
READY = "{range .items[?(@.status.containerStatuses[0].ready==true)]}{.metadata.name} {end}"
LINES = 4


def answer(place: Place, screen: Screen) -> None:
    """Ask the Service among the pods, as one of them would."""
    screen.step("It answers")
    address = place.kubectl("get", "service", "hello", "-o", "jsonpath={.spec.clusterIP}").stdout
    command = (*place.inside, "curl", "--silent", "--fail", f"http://{address}/")
    screen.command(" ".join(command))
    said = wait_until(lambda: _said(command), "the Service to answer")
    screen.detail("\n".join(said.splitlines()[:LINES]))


def loss(place: Place, screen: Screen) -> None:
    """Take a pod away, and wait for the next."""
    screen.step("A pod is lost")
    before = _ready(place)
    lost = min(before)
    screen.command(f"{place.typed} delete pod {lost} --now")
    place.kubectl("delete", "pod", lost, "--now")
    [new, *_] = wait_until(lambda: _ready(place) - before, "another pod to be ready", 60)
    screen.done(f"{new} has taken its place")
    answer_again = ("get", "pods", "-l", OURS)
    screen.command(f"{place.typed} {' '.join(answer_again)}")
    screen.detail(place.kubectl(*answer_again).stdout)


def _ready(place: Place) -> set[str]:
    """The names of the pods that can take requests."""
    return set(place.kubectl("get", "pods", "-l", OURS, "-o", f"jsonpath={READY}").stdout.split())


def _said(command: tuple[str, ...]) -> str:
    """What a command prints; nothing when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return "" if done.returncode else done.stdout
