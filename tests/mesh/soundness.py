"""What must hold after every test: nothing was refused by a proxy or objected to by Istio."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mesh.place import Place

TOLERATED = {
    "IST0102": "the namespace has no label of injection, because pods have their own",
    "IST0133": "an EnvoyFilter is all that Istio has for a rate limit without a server",
}
"""What the analysis may say, and why that is no fault."""


@contextmanager
def sound(place: Place) -> Iterator[None]:
    """Let a block do what it likes with a place, and then judge it.

    Raises:
        AssertionError: a proxy has refused a configuration, which nobody would see otherwise, or
            the analysis has something to say of the namespace.
    """
    mesh, namespace = place.mesh, place.namespace
    before = mesh.rejects()
    yield
    refused = mesh.rejects() - before
    assert not refused, f"proxies have refused {refused:.0f} configurations"
    said = [found for found in mesh.analysis() if f" {namespace}/" in f" {found['origin']}/"]
    objections = [found for found in said if found["code"] not in TOLERATED]
    assert not objections, objections
