"""The bench: `python -m tests.benchmarks [apps ...]`, by default a hundred and a thousand."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.bed import Size, opened
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.table import README, readme
from tests.cluster import Cluster
from tests.cluster.definitions import install_ours
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from tests.benchmarks.rows import Row

MOST_WITH_PODS = 200


def measured(cluster: Cluster, size: Size) -> dict[Row, str]:
    """Play all scenarios with a crowd of this size, and tell of them as they end."""
    found: dict[Row, str] = {}
    with opened(cluster, size) as bed:
        for scenario in SCENARIOS:
            began = time.monotonic()
            _say(f"{size.apps:5,} apps: {scenario.__name__:8} ")
            rows = scenario(bed)
            told = "; ".join(f"{row}: {value}" for row, value in rows.items())
            _say(f"{time.monotonic() - began:4.0f} s  {told}\n")
            found |= rows
    return found


def main() -> None:
    """Measure and write the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("apps", nargs="*", type=int, default=[100, 1000])
    sizes = parser.parse_args().apps
    found: dict[int, dict[Row, str]] = {}
    for apps in sizes:
        with Cluster() as cluster:
            install_ours(cluster)
            found[apps] = measured(cluster, Size(apps, pods=apps <= MOST_WITH_PODS))
            README.write_text(readme(cluster, found))
    _say(f"written to {README.relative_to(ROOT)}\n")


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
