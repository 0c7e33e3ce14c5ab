"""kubectl of the server's version, bound to one kubeconfig."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

Manifest = dict[str, Any]

# So much an annotation may hold, in which kubectl keeps what it applies by itself.
LARGEST = 2**18


@dataclass(frozen=True)
class Kubectl:
    """Call it with kubectl's arguments."""

    binary: Path
    kubeconfig: Path

    @property
    def environment(self) -> dict[str, str]:
        """What kubectl needs to know; its cache goes away with the cluster."""
        cache = self.kubeconfig.parent / "kubectl-cache"
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": str(cache)}

    def __call__(
        self,
        *args: str,
        input: str | None = None,  # noqa: A002 -- named as in subprocess.run, which it stands for
        check: bool = True,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl and return its text output.

        Raises:
            AssertionError: it ended with an error while `check` is set; carries what it said.
        """
        done = subprocess.run(
            [str(self.binary), *args],
            input=input,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env=self.environment,
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done

    def apply(self, manifests: str | Manifest | list[Manifest], namespace: str | None) -> None:
        """Apply YAML text, one manifest or a list of them, as a user would."""
        if isinstance(manifests, str):
            text = manifests
        else:
            text = yaml.safe_dump_all(manifests if isinstance(manifests, list) else [manifests])
        how = ["--server-side"] if len(text) > LARGEST else []
        self("apply", *how, *_in(namespace), "-f", "-", input=text)

    def may(self, user: str, verb: str, kind: str, namespace: str, *groups: str) -> bool:
        """Whether the server lets a user do that."""
        who = [f"--as={user}", *(f"--as-group={group}" for group in groups)]
        said = self("auth", "can-i", verb, kind, *_in(namespace), *who, check=False).stdout
        return said.startswith("yes")

    def await_right(self, user: str, verb: str, kind: str, namespace: str, *groups: str) -> None:
        """Wait until the server has heard that a user may do that."""
        may = partial(self.may, user, verb, kind, namespace, *groups)
        wait_until(may, f"{user} to be allowed to {verb} {kind}")

    def get(self, kind: str, name: str, namespace: str | None) -> Manifest | None:
        """One object, or None if there is none of that name."""
        answer = self("get", kind, name, *_in(namespace), "-o", "json", "--ignore-not-found").stdout
        found: Manifest | None = json.loads(answer) if answer else None
        return found


def _in(namespace: str | None) -> list[str]:
    return ["-n", namespace] if namespace else []
