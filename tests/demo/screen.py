"""How the demo looks: numbered steps, quiet details, colour on a terminal only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

WIDTH = 40  # of a bar
BREAK = "\\\n       "
BOLD, DIM, GREEN, YELLOW, CYAN = "1", "2", "32", "33", "36"


class Screen:
    """A page that grows downwards."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colour = stream.isatty()
        self._steps = 0
        self._born = self._began = time.monotonic()

    @property
    def total(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._born

    def title(self, text: str) -> None:
        """The first line."""
        self.say(f"\n{self._paint(BOLD, text)}")

    def step(self, text: str) -> None:
        """Begin a numbered step."""
        self._steps += 1
        self._began = time.monotonic()
        self.say(f"\n{self._paint(CYAN, f'{self._steps}.')} {self._paint(BOLD, text)}")

    def done(self, text: str) -> None:
        """The good end of a step, with the time it took."""
        seconds = self._paint(DIM, f"({time.monotonic() - self._began:.1f} s)")
        self.say(f"   {self._paint(GREEN, '✓')} {text} {seconds}")

    def command(self, *lines: str) -> None:
        """What a person would type."""
        self.say(f"   {self._paint(YELLOW, '$ ' + f' {BREAK}'.join(lines))}")

    def detail(self, text: str) -> None:
        """Lines of somebody else, moved in."""
        for line in text.rstrip().splitlines():
            self.say(f"     {self._paint(DIM, line)}" if line else "")

    def bar(self, label: str, share: float, text: str) -> None:
        """A share of a whole, as long as it is large."""
        full = round(share * WIDTH)
        shown = self._paint(GREEN, "█" * full) + self._paint(DIM, "░" * (WIDTH - full))
        self.say(f"     {label:<10} {shown} {text}")

    def note(self, text: str) -> None:
        """A word beside the story."""
        self.say(f"   {self._paint(DIM, text)}")

    def choice(self, command: str, text: str, *, possible: bool) -> None:
        """Something that a person may do next, or may not."""
        shown = command if possible else self._paint(DIM, command)
        self.say(f"   {shown}   {text if possible else self._paint(DIM, text)}")

    def say(self, text: str) -> None:
        """One line as it is."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _paint(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colour else text
