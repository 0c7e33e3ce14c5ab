"""What people want to know of an app stands beside its children and never on its pods."""

from __future__ import annotations

from tests import apps
from tests.apps import children, template

ABOUT = {
    "team": "checkout",
    "description": "Takes orders.",
    "docs": "https://docs.example",
    "openapi": "/openapi.json",
}


def test_the_team_is_a_label_of_every_child() -> None:
    """Whoever looks for what a team runs finds all of it."""
    for child in children(apps.app(about=ABOUT, calls=[], replicas=2)).values():
        assert child["metadata"]["labels"]["microservices.dev/team"] == "checkout"


def test_the_texts_are_annotations_of_the_deployment() -> None:
    """Each that is given, and no others."""
    deployment = children(apps.app(about=ABOUT))["Deployment"]

    assert deployment["metadata"]["annotations"] == {
        f"microservices.dev/{name}": ABOUT[name] for name in ("description", "docs", "openapi")
    }
    assert "annotations" not in children(apps.app(about={"team": "a"}))["Deployment"]["metadata"]


def test_nothing_of_it_replaces_pods() -> None:
    """Another team, or a better text, is no reason to restart."""
    before, after = children(apps.app()), children(apps.app(about=ABOUT))

    assert template(apps.app(about=ABOUT)) == template(apps.app())
    assert before["Deployment"]["spec"] == after["Deployment"]["spec"]
