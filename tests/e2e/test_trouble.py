"""What is wrong is said in one sentence with a way out, while the version of before serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.cluster.namespaces import namespace_of
from tests.e2e.images import LOST, V2
from tests.e2e.place import Place
from tests.e2e.workloads import ENFORCED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.bed import Bed
    from tests.e2e.release import Release

SHORT = {"shutdown": {"drain": "1s"}}
PATIENCE = 120
NEVER = {"path": "/fetch", "port": "http"}  # nothing to fetch is answered by 502


class Trouble(NamedTuple):
    """A change that cannot work, and what must be said of it."""

    change: dict[str, Any]
    reason: str
    sentence: str


TROUBLES = {
    "image": Trouble({"image": LOST}, "ImagePull", f"cannot pull {LOST}"),
    "crash": Trouble(
        {"image": V2, "args": ["exit", "3"]},
        "CrashLoop",
        "ended with code 3 and is started again and again; see its log with `kubectl logs",
    ),
    "memory": Trouble(
        {
            "image": V2,
            "env": [{"name": "HOARD", "value": "100"}],
            "resources": {"limits": {"memory": "48Mi"}},
        },
        "CrashLoop",
        "was killed for want of memory; raise `resources.limits.memory`",
    ),
    "size": Trouble(
        {"image": V2, "resources": {"requests": {"cpu": "900"}}},
        "Unschedulable",
        "Lower `resources.requests`",
    ),
    "probe": Trouble(
        {"image": V2, "health": {**SHORT, "readiness": {"httpGet": NEVER}}},
        "ProbeFailing",
        "HTTP probe failed with statuscode: 502",
    ),
    "secret": Trouble(
        {"image": V2, "envFrom": [{"secretRef": {"name": "absent"}}]},
        "ConfigMissing",
        'secret "absent" not found',
    ),
}


@pytest.fixture(scope="module")
def troubled(bed: Bed, operator: Release) -> Iterator[Place]:
    """One app for each trouble, all of them well until a moment ago."""
    del operator
    with namespace_of(bed.api, "trouble", __file__, ENFORCED) as name:
        place = Place(bed, name)
        for app in TROUBLES:
            place.microservice(app, health=SHORT)
        for app in TROUBLES:
            place.ready(app)
        for app, trouble in TROUBLES.items():
            place.microservice(app, **{"health": SHORT, **trouble.change})
        yield place


@pytest.mark.parametrize("app", TROUBLES)
def test_what_is_wrong_is_said_and_the_old_version_serves(troubled: Place, app: str) -> None:
    """Nobody has to look for it; and once the spec is right again, so is the app."""
    _, reason, sentence = TROUBLES[app]

    troubled.explained(reason, sentence, app, PATIENCE)

    assert troubled.ask(service=app)[1]["version"] == "v1"
    troubled.microservice(app, image=V2, health=SHORT)
    troubled.ready(app)
    troubled.serves(app, "v2")
