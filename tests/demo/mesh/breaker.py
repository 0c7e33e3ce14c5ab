"""A pod that fails: how its callers leave it alone, and take it back when it had time to heal."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.cluster import wait_until

if TYPE_CHECKING:
    from tests.demo.mesh.asking import Answer, Site
    from tests.demo.mesh.shop import Shop
    from tests.demo.screen import Screen

CALM = 12
"""So many good answers in a row: the failing pod is not asked any more."""

ROW = 40


def show(shop: Shop, site: Site, screen: Screen) -> None:
    """Break a pod, look, mend it, and look again."""
    screen.step("One of two pods of stock fails: the breaker opens, and closes again")
    first, failing = wait_until(lambda: _both(site), "both pods of stock to answer")
    marks = {first: "●", failing: "○"}
    screen.note(f"● {first}   ○ {failing}   ✗ an error, always of the second")
    screen.detail(_row(site.ask(CALM), marks))

    shop.tell(failing, "switch?fail=500", shown=True)
    seen: list[Answer] = []
    wait_until(lambda: _calm(seen, site), "the breaker to open", interval=0.05)
    screen.detail(_row(seen, marks))
    screen.done("open: after three errors in a row nobody asks it")

    shop.tell(failing, "switch?fail=0", shown=True)
    seen.clear()
    wait_until(lambda: _back(seen, site, failing), "the breaker to close", interval=0.4)
    screen.detail(_row([*seen, *site.ask(CALM)], marks))
    screen.done("closed: it had its time to heal, and takes its share again")


def _both(site: Site) -> list[str]:
    pods = {answer.pod for answer in site.ask(CALM) if answer.status == HTTPStatus.OK}
    return sorted(pods) if len(pods) > 1 else []


def _calm(seen: list[Answer], site: Site) -> bool:
    seen += site.ask()
    last = [answer.status for answer in seen[-CALM:]]
    return len(seen) > CALM and set(last) == {HTTPStatus.OK}


def _back(seen: list[Answer], site: Site, failing: str) -> bool:
    seen += site.ask(2)
    return seen[-1].pod == failing or seen[-2].pod == failing


def _row(answers: list[Answer], marks: dict[str, str]) -> str:
    good = HTTPStatus.OK
    each = [marks.get(it.pod, "?") if it.status == good else "✗" for it in answers]
    return " ".join(each if len(each) <= ROW else ["…", *each[-ROW:]])
