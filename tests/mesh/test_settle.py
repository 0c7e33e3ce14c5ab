"""What it costs to give the proxies no time: versions that come and go at once, under load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.e2e.images import V2
from tests.mesh.loading import answered, begin, gone, heard, so_far
from tests.mesh.microservices import operating, serve
from tests.mesh.test_microservices import NEVER_AGAIN

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

ROUNDS = 2
HALF = {"name": "v2", "image": V2, "weight": 50}


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The operator beside the mesh, which waits for nothing."""
    settings: Path = tmp_path_factory.mktemp("platform") / "settings.yaml"
    settings.write_text("mesh: {settle: 0s}")
    with operating(mesh, helm, settings):
        yield


@pytest.mark.timeout(420)
@pytest.mark.usefixtures("caller")
def test_without_time_to_settle_requests_fail_only_while_a_version_comes_or_goes(
    place: Place, figure: Callable[[str], None]
) -> None:
    """And with 503 alone: each change is served in the end, and then every request is answered."""
    url = serve(place, resilience=NEVER_AGAIN)
    wait_until(lambda: answered(place, url, 20) == {"v1": 20}, "the first answers")
    begin(place, url)

    for _ in range(ROUNDS):
        before = so_far(place)
        serve(place, resilience=NEVER_AGAIN, versions=[HALF])
        heard(place, "v2")
        come = _quiet(place)
        serve(place, resilience=NEVER_AGAIN)
        gone(place, "orders-v2")
        left = _quiet(place)
        figure(f"with settle 0s: a version comes {_told(come - before)}, goes {_told(left - come)}")
        assert answered(place, url, 200) == {"v1": 200}

    assert place.tell("caller", "stop")["answers"].keys() <= {"200", "503"}


def _quiet(place: Place) -> Counter[str]:
    """Wait until a few hundred requests in a row were answered; what there was until then."""

    def calm() -> Counter[str] | None:
        began = so_far(place)
        wait_until(lambda: so_far(place).total() > began.total() + 300, "the load to go on")
        ended = so_far(place)
        return ended if ended - began == {"200": ended["200"] - began["200"]} else None

    return wait_until(calm, "requests to be lost no more")


def _told(answers: Counter[str]) -> str:
    return ", ".join(f"{count} times {answer}" for answer, count in sorted(answers.items()))
