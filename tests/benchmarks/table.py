"""The README of this folder: what was measured, beside the peers and the goals."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from tests.benchmarks.peers import NAMES, PEERS
from tests.benchmarks.rows import GOALS, Row
from tests.cluster.paths import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cluster import Cluster

TEXT = """\
# What the operator costs

`make bench` measures it and writes this page. An operator and a crowd of apps on the control plane
of `../cluster`: {server}, etcd, controller-manager, scheduler and simulated nodes, all on
{cores} cores with Python {python} and kopf {kopf}.

- **Counts are exact.** They come from the API server's audit log, by the operator's own user.
  Writes are those to children and status; requests are the Events and the looks at late pods
  beside. The rows that must hold are asserted: one request too many fails the run.
- **CPU is rough**, memory less so: user and system time and resident memory of the operator's
  process as the kernel counts them, next to everything else that runs on this machine.
- **Seconds until something has happened are the test bed's as well**: its controllers and nodes
  share the cores. Do not compare them across columns, except for "never".
- At 1,000 the apps have no pods (`replicas: 0`) and so no autoscaler: the simulated nodes would be
  what is measured.
- "One host" is a pair: up to 500 apps without pods come to a cluster with the kinds of a mesh, go,
  and come again with a route each on one host; its CPU is the difference of the two.
- The peers were measured on such a bed with 100 apps, once; see `peers.py` for what they are.

{table}

The goals are this project's own. `scenarios.py` has one function for each group of rows;
`python -m tests.benchmarks 100 5000` measures other crowds.
"""


def readme(cluster: Cluster, found: Mapping[int, Mapping[Row, str]]) -> str:
    """The whole page."""
    return TEXT.format(
        server=f"kube-apiserver {cluster.api.request('GET', '/version')[1]['gitVersion']}",
        cores=os.cpu_count(),
        python=platform.python_version(),
        kopf=version("kopf"),
        table=table(found),
    )


def table(found: Mapping[int, Mapping[Row, str]]) -> str:
    """One line per row; a column for each size, the goal, and the peers."""
    head = ["", *(f"{size:,} apps" for size in found), "goal", *NAMES]
    lines = [head, ["---"] * len(head)]
    for row in Row:
        ours = [rows.get(row, "-") for rows in found.values()]
        theirs = PEERS.get(row, ("",) * len(NAMES))
        lines.append([row, *(f"**{value}**" for value in ours), GOALS.get(row, ""), *theirs])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


README = HERE.parent / "benchmarks" / "README.md"
