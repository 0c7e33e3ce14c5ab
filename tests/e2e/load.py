"""Load on a Service from a pod beside it: what was answered, and what was lost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.cluster import wait_until
from tests.e2e.workloads import pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.place import Place

CLIENT = "load"
WORKERS = 2
ANSWERED = "200"


@dataclass
class Load:
    """Requests one after another from each worker, half of them with connections of their own."""

    place: Place
    answers: dict[str, int] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)

    @property
    def answered(self) -> int:
        """How many requests got what they wanted."""
        return self.answers.get(ANSWERED, 0)

    @property
    def lost(self) -> dict[str, int]:
        """Every other end of a request, and how often."""
        return {answer: n for answer, n in self.answers.items() if answer != ANSWERED}

    def goes_on(self, more: int = 100) -> None:
        """Wait until so many more requests are answered."""
        wait_until(self._reaching(self._refreshed() + more), f"{more} more answers", 60, 0.2)

    def _reaching(self, number: int) -> Any:
        return lambda: self._refreshed() >= number

    def _refreshed(self) -> int:
        self._take("tally")
        return self.answered

    def _take(self, command: str) -> None:
        code, told = self.place.ask_pod(CLIENT, command)
        assert code == 200, told
        self.answers = told["answers"]
        self.versions, self.hosts = set(told["versions"]), set(told["hosts"])


@contextmanager
def load(place: Place, service: str = "web", path: str = "/", pause: str = "5ms") -> Iterator[Load]:
    """Load as long as the block, and a moment before and after."""
    address = place.address(service)
    place.bed.apply(pod(CLIENT), place.namespace)
    place.pod_is_ready(CLIENT)
    fetch = f"fetch?url={quote(f'http://{address}/', safe='')}"
    wait_until(lambda: place.ask_pod(CLIENT, fetch)[0] == 200, f"{service} to answer")
    begun = Load(place)
    for fresh in ("on", "off"):
        url = quote(f"http://{address}{path}", safe="")
        options = f"url={url}&workers={WORKERS}&pause={pause}&fresh={fresh}"
        assert place.ask_pod(CLIENT, f"load?{options}")[0] == 200
    begun.goes_on()
    yield begun
    begun.goes_on()
    begun._take("stop")  # noqa: SLF001 -- its own module
    place.bed.kubectl("delete", "pod", CLIENT, "-n", place.namespace, "--now")
