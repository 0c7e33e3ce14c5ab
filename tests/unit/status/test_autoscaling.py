"""What the status says of an autoscaler."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.status.outcomes import AUTOSCALER, BLIND, REFUSED, answers, condition, status

NOTE = "`replicas` is ignored beside `scaling`."


def test_without_scaling_nothing_is_said_of_it() -> None:
    """The question does not arise."""
    assert "Autoscaled" not in answers(status())


def test_an_autoscaler_tells_its_bounds() -> None:
    """Who wonders where the pods come from finds out."""
    found = status(autoscaler=AUTOSCALER)

    assert answers(found)["Autoscaled"] == ("True", "Autoscaling")
    assert condition(found, "Autoscaled")["message"] == (
        "HorizontalPodAutoscaler/orders keeps between 2 and 10 pods."
    )


def test_an_autoscaler_without_metrics_says_why_and_what_to_do() -> None:
    """In a sentence that stays the same, with the word of the autoscaler."""
    found = status(autoscaler=BLIND)

    assert answers(found)["Autoscaled"] == ("False", "MetricsMissing")
    message = condition(found, "Autoscaled")["message"]
    assert "(FailedGetResourceMetric)" in message
    assert "`kubectl describe hpa orders`" in message


def test_an_autoscaler_that_is_refused_does_not_scale() -> None:
    """Why it was refused stands beside it."""
    found = status(autoscaler=REFUSED)

    assert answers(found)["Autoscaled"] == ("False", "AutoscalerMissing")


def test_a_number_beside_it_is_said_to_be_ignored() -> None:
    """Or somebody would change it and wait."""
    for autoscaler in (AUTOSCALER, BLIND):
        found = status(autoscaler=replace(autoscaler, ignored=True))
        assert condition(found, "Autoscaled")["message"].endswith(f". {NOTE}")
        assert NOTE not in condition(status(autoscaler=autoscaler), "Autoscaled")["message"]


def test_it_does_not_count_for_ready() -> None:
    """The pods that are there serve, however many there should be."""
    assert answers(status(autoscaler=BLIND))["Ready"] == ("True", "Ready")
