"""The page of all reasons, made from the enum; run as a program it writes `crds/reasons.md`."""

from __future__ import annotations

from pathlib import Path

from microservice_operator.status.reasons import Reason

PAGE = Path(__file__).parents[3] / "crds" / "reasons.md"

HEAD = """# Reasons

Made by `make crds` from `operator/microservice_operator/status/reasons.py`; do not edit.

`kubectl get msvc` shows the reason of the condition `Ready`, which is that of the first condition
in need: `Applied` (is every child as desired?), `Available` (are all pods of this generation
ready?), `Routed` (does every host get its traffic?). `kubectl get msvc -o wide` adds a sentence
that says what to do. `Autoscaled` (does the autoscaler decide?) stands only beside `scaling` and
does not count for `Ready`. `Reconciling` stands while work goes on by itself, `Stalled` when
somebody must act.

| reason | meaning |
|---|---|
"""


def reference() -> str:
    """Return the page."""
    return HEAD + "".join(f"| `{reason}` | {reason.meaning} |\n" for reason in Reason)


def write(page: Path = PAGE) -> None:
    """Write the page."""
    page.write_text(reference())


if __name__ == "__main__":  # pragma: no cover  the make target
    write()
