"""A mesh that comes or goes in parts: what is left of it is kept, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.model.kinds import DEFINITION
from microservice_operator.platform import settings
from tests import apps
from tests.unit.clock import run
from tests.unit.engine.loops import Server, microservice, running, until

if TYPE_CHECKING:
    from tests.unit.engine.world import World


@pytest.mark.parametrize(("mode", "left"), [("Auto", []), ("Off", ["AuthorizationPolicy"])])
def test_what_is_left_of_a_mesh_is_kept(world: World, mode: str, left: list[str]) -> None:
    """Where one of its kinds is missing, the others may still be what keeps strangers out."""
    world.app = apps.meshed(allowFrom=[])
    for kind in ("Deployment", "Service", "ServiceAccount", "AuthorizationPolicy", "NetworkPolicy"):
        world.seen(kind, world.lives(kind))
    platform = settings({"mesh": {"mode": mode}})

    world.app = understand(apps.body(allowFrom=[]), platform, Facts(mesh=False))
    world.converge()

    assert world.asked("DELETE") == left


def test_when_a_mesh_comes_or_goes_hosts_wait_until_all_are_understood_anew() -> None:
    """Without one nobody claims anything: what is live would be taken away before they do again."""

    async def main() -> list[bool]:
        server = Server()
        async with running(server) as loop:
            loop.observe("ADDED", microservice())
            await until(lambda: len(server.writes) == 4)
            await asyncio.sleep(60)
            roll, definitions = loop._router.roll, loop._watches.definitions  # noqa: SLF001  stand in for the server
            before = roll.complete("shop")
            raw = json.dumps({"metadata": {"name": "virtualservices.networking.istio.io"}})
            definitions.seen(DEFINITION, raw.encode())
            begun = roll.complete("shop")
            await asyncio.sleep(60)
            return [before, begun, roll.complete("shop")]

    assert run(main()) == [True, False, True]
