from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.bed import Size, opened
from tests.benchmarks.peers import NAMES, PEERS
from tests.benchmarks.rows import GOALS, Row
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.table import readme

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster import Cluster

FEW = Size(5, idle=2, frozen=2)


def test_the_bench_works(private_cluster: Callable[..., Cluster]) -> None:
    """Every scenario keeps its promises for a few apps, and every row is filled."""
    cluster = private_cluster()
    found: dict[Row, str] = {}

    with opened(cluster, FEW) as bed:
        for scenario in SCENARIOS:
            found |= scenario(bed)

    missing = set(Row) - found.keys() - {Row.DATA, Row.REPLICAS, Row.AUTOSCALER_GONE}
    assert not missing
    page = readme(cluster, {FEW.apps: found})
    for row in found:
        assert f"| {row} | **{found[row]}** |" in page


def test_every_fact_about_a_peer_is_a_row() -> None:
    """One fact for each peer."""
    assert PEERS.keys() | GOALS.keys() <= set(Row)
    assert {len(facts) for facts in PEERS.values()} == {len(NAMES)}
