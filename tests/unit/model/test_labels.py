"""Labels and ownership: how children are found, selected and tied to their Microservice."""

from __future__ import annotations

from dataclasses import replace

from microservice_operator.model import labels
from tests import apps


def test_our_labels_win_over_the_users() -> None:
    """A pod that could leave its selector would be replaced for ever."""
    app = replace(apps.app(), pod_labels={"team": "shop", labels.NAME: "other", "app": "other"})

    found = labels.pod_labels(app)

    assert found["team"] == "shop"
    assert labels.selector(app.name).items() <= found.items()
    assert found["app"] == "orders"


def test_children_can_be_listed_by_one_label() -> None:
    """The watches see nothing else."""
    key, _, value = labels.CHILDREN_OF_ALL.partition("=")

    assert labels.labels(apps.app())[key] == value


def test_owners_control_but_do_not_wait() -> None:
    """Garbage collection follows the reference; a deletion in the foreground is not held up."""
    [owner] = labels.metadata(apps.app())["ownerReferences"]

    assert owner["controller"] is True
    assert "blockOwnerDeletion" not in owner
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Microservice", "orders", apps.UID)


def test_labels_of_children_do_not_change_with_the_spec() -> None:
    """A new version must touch the pods alone."""
    assert labels.labels(apps.app(version="v2")) == labels.labels(apps.app(version="v1"))
    assert labels.labels(apps.app(podLabels={"a": "b"})) == labels.labels(apps.app())
