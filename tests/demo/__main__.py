"""The command line: `python -m tests.demo {up,down}`; CLUSTER says where (light, current)."""

from __future__ import annotations

import os
import sys

from tests.cluster.failure import StepFailed
from tests.demo import places, story
from tests.demo.screen import Screen


def main() -> None:
    """Show the demo or take it away; a failed step is told without a traceback."""
    commands = {"up": _up, "down": _down}
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
    if name not in places.PLACES:
        sys.exit(f"CLUSTER={name} is no place for the demo; choose {' or '.join(places.PLACES)}")
    story.tell(places.PLACES[name](), screen)


def _down(screen: Screen) -> None:
    ended = [name for name, place in places.PLACES.items() if place().down()]
    screen.say(f"ended: {', '.join(ended)}" if ended else "nothing was running")


if __name__ == "__main__":
    main()
