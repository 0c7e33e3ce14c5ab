"""Who may call whom: certificates are real, and so is what they are good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.mesh.objects import allow, strict

if TYPE_CHECKING:
    from tests.mesh.place import Place


def test_strict_mtls_refuses_who_has_no_certificate(place: Place) -> None:
    """A pod without a proxy speaks in plain text: heard before, and reset afterwards."""
    url = f"http://{place.run('orders')}/"
    place.run("meshed")
    place.run("stranger", injected=False)
    place.ready("orders", "meshed", "stranger")
    wait_until(lambda: place.ask_from("stranger", url)[0].status == 200, "plain text to be heard")

    place.apply(strict("orders"))
    wait_until(lambda: place.ask_from("stranger", url)[0].status == 0, "the refusal")

    [refused] = place.ask_from("stranger", url)
    assert "reset" in refused.error or "EOF" in refused.error, refused
    [served] = place.ask_from("meshed", url)
    assert (served.status, served.version) == (200, "v1")


def test_a_policy_lets_one_account_in_and_no_other(place: Place) -> None:
    """The identity of a pod is that of its ServiceAccount, proven to the callee's proxy."""
    url = f"http://{place.run('orders')}/"
    place.run("friend")
    place.run("other")
    place.ready("orders", "friend", "other")
    wait_until(lambda: place.ask_from("other", url)[0].status == 200, "the service")

    place.apply(allow("orders", f"{place.namespace}/friend"))
    wait_until(lambda: place.ask_from("other", url)[0].status == 403, "the refusal")

    [served] = place.ask_from("friend", url)
    assert served.status == 200
    assert "/sa/friend" in served.told["headers"]["x-forwarded-client-cert"]
