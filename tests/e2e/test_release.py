"""The life of the operator is not the life of the workloads: they serve on, whatever becomes of it.

The operator must come back after each of these tests, for it serves all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.elsewhere import CRD
from tests.e2e.witness import Witness

if TYPE_CHECKING:
    from tests.e2e.place import Place
    from tests.e2e.release import Release

SHORT = {"shutdown": {"drain": "1s"}}


def test_an_upgrade_and_a_rollback_touch_no_workload(place: Place, changing: Release) -> None:
    """New operators look at everything, find it right, and write nothing."""
    witness = _serving(place)

    with place.load() as load:
        changing.install(podAnnotations={"example.com/change": "1"}, log={"level": "debug"})
        changing.settled()
        changing.rollback()
        changing.settled()
        changing.leader()

    assert not load.lost
    witness.saw_nothing()


def test_workloads_outlive_the_release_and_are_found_again(place: Place, changing: Release) -> None:
    """Helm leaves the definition, so nothing that was asked for is forgotten."""
    witness = _serving(place)

    with place.load() as load:
        changing.uninstall()
        assert place.bed.get("crd", CRD)
        assert place.bed.get("microservice", "web", place.namespace)
        load.goes_on()

        changing.install()
        changing.settled()
        place.microservice("another", health=SHORT)
        place.ready("another")

    assert not load.lost
    witness.saw_nothing()


def test_a_namespace_goes_without_an_operator(place: Place, away: Release) -> None:
    """Nothing of ours holds anything back: there are no finalizers."""
    place.microservice(health=SHORT)
    place.ready()
    away.leave()

    place.bed.kubectl("delete", "namespace", place.namespace, "--timeout=60s", timeout=70)

    assert place.bed.get("namespace", place.namespace) is None


def test_the_chart_tests_itself(operator: Release) -> None:
    """What users run after the installation."""
    said = operator.test()

    assert "Succeeded" in said


def _serving(place: Place) -> Witness:
    place.microservice(replicas=2, config={"data": {"A": "1"}}, health=SHORT)
    place.ready()
    return Witness(place)
