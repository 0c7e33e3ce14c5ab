"""The command line: `python -m tests.demo {up,mesh,down}`; CLUSTER says where `up` takes place."""

from __future__ import annotations

import os
import sys

from tests.cluster.failure import StepFailed
from tests.demo import offers, story
from tests.demo.mesh import story as mesh
from tests.demo.places import ALL, PLACES
from tests.demo.places.meshed import Meshed
from tests.demo.screen import Screen


def main() -> None:
    """Show the demo or take it away; a failed step is told without a traceback."""
    commands = {"up": _up, "mesh": _mesh, "down": _down}
    command = commands.get(" ".join(sys.argv[1:]))
    if command is None:
        sys.exit(f"usage: python -m tests.demo {{{','.join(commands)}}}")
    try:
        command(Screen(sys.stdout))
    except (StepFailed, TimeoutError) as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _up(screen: Screen) -> None:
    name = os.environ.get("CLUSTER") or "light"
    if name not in PLACES:
        *others, last = PLACES
        choices = f"{', '.join(others)} or {last}"
        sys.exit(f"CLUSTER={name} is no place for the demo; choose {choices}")
    place = PLACES[name]()
    if cause := place.missing():
        sys.exit(f"CLUSTER={name} is not possible here: {cause}")
    story.tell(place, screen)
    if name == "light":
        offers.tell(screen)
    story.end(screen)


def _mesh(screen: Screen) -> None:
    place = Meshed()
    if cause := place.missing():
        sys.exit(f"there can be no mesh here: {cause}")
    mesh.tell(place, screen)
    story.end(screen)


def _down(screen: Screen) -> None:
    ended, failed = [], []
    for name, place in ALL.items():
        try:
            if place().down():
                ended.append(name)
        except StepFailed as error:  # the others are to end all the same
            failed.append(str(error))
    if ended or not failed:
        screen.say(f"ended: {', '.join(ended)}" if ended else "nothing was running")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
