"""Where the test bed keeps its things, all below one folder that git ignores."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache" / "cluster"
RUN = CACHE / "run"
