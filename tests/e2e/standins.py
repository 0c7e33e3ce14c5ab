"""Programs that are not here, played by scripts that hand what they are asked to a real node."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.cluster.node.real import ENTER

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cluster import Node

LOG = "log"


def put(
    folder: Path, monkeypatch: pytest.MonkeyPatch, node: Node, scripts: dict[str, str], **words: str
) -> Path:
    """Put scripts before everything else on the PATH; where they write what they were asked.

    In a script, `{log}` is that file, `{mark}` one that may say that there is a cluster, and
    `{enter} {node}` the way into the node.
    """
    known = {"log": folder / LOG, "mark": folder / "mark", "enter": ENTER, "node": node.folder}
    for name, script in scripts.items():
        (folder / name).write_text(script.format(**known, **words))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / LOG
