"""What is done to a crowd of apps: one function per scenario; each fills rows of the table.

Counts that must hold are asserted here; what depends on the machine is only written down.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from microservice_operator.model.kinds import MICROSERVICE
from tests.benchmarks import damage
from tests.benchmarks.crowd import MERGE_PATCH, Call
from tests.benchmarks.rows import Row
from tests.benchmarks.sharing import share
from tests.benchmarks.usage import cpu_of_imports
from tests.cluster import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.bed import Bed, Cost
    from tests.cluster import Request

    Rows = dict[Row, str]
    Scenario = Callable[[Bed], Rows]

OFTEN, NOISE = 0.01, 0.1
MOST_DAMAGED = 30
# It begins, it is ready, and its autoscaler finds no metrics here; what comes at once is one word.
STATUS_OF_A_NEW_APP = 3
# A rollout is told of as it comes along.
STATUS_OF_A_ROLLOUT = 4


def create(bed: Bed) -> Rows:
    """All apps come at once."""
    with bed.cost() as cost:
        bed.create()
        bed.await_ready()
    children = {(r.resource, r.name) for r in cost.writes if not r.subresource}
    each = len(children) / len(bed)
    _judge(bed, cost, each + STATUS_OF_A_NEW_APP)
    return {
        Row.CHILDREN: f"{each:.0f}",
        Row.CREATE: _asked(bed, cost),
        Row.CREATE_COST: f"{cost.cpu:.1f} / {bed.usage().rss:.0f}",
        Row.CREATE_TIME: f"{cost.seconds:.0f}",
    }


def idle(bed: Bed) -> Rows:
    """Nothing happens."""
    bed.await_verdicts()
    mark, before = bed.cluster.audit.mark(), bed.usage()
    time.sleep(bed.size.idle)  # the time itself is what is measured
    cpu = bed.usage().cpu - before.cpu
    requests = [r for r in bed.requests(mark) if r.verb != "watch"]
    assert requests == []
    return {Row.IDLE: f"0 / {cpu:.2f}"}


def touch(bed: Bed) -> Rows:
    """Somebody annotates every app."""
    with bed.cost() as cost:
        bed.merge({"metadata": {"annotations": {"touched": "yes"}}})
    assert cost.about_apps == []
    return {Row.TOUCH: "0", Row.TOUCH_COST: f"{cost.cpu:.2f}"}


def change(bed: Bed) -> Rows:
    """Every app gets a new image."""
    with bed.cost() as cost:
        bed.merge({"spec": {"image": "registry.example/app:2"}})
        bed.await_ready()
    assert len([r for r in cost.writes if not r.subresource]) == len(bed)
    _judge(bed, cost, 1 + STATUS_OF_A_ROLLOUT)
    return {Row.CHANGE: _asked(bed, cost), Row.CHANGE_COST: f"{cost.cpu:.1f}"}


def repair(bed: Bed) -> Rows:
    """Somebody edits or deletes a child of one app."""
    found: Rows = {}
    for each in damage.ALL:
        with bed.cost() as cost:
            began = time.monotonic()
            done = each.done(bed, bed.names[0])
            if done:
                wait_until(partial(done.undone, bed), each.row, interval=OFTEN)
                found[each.row] = f"{time.monotonic() - began:.2f}"
        children = [r for r in cost.about_apps if not r.subresource]
        assert len(children) == bool(done), children
    return found


def restart(bed: Bed) -> Rows:
    """The operator starts again and finds everything as it was."""
    bed.await_verdicts()
    bed.operator.kill()
    mark = bed.cluster.audit.mark()
    bed.operator.start()
    ready = time.time()
    bed.await_calm()
    used, requests = bed.usage(), bed.requests(mark)
    about_apps = [r for r in requests if r.namespace]
    assert about_apps == [], about_apps
    listed = max(r.received for r in requests if r.verb == "list" and not _is_census(r))
    return {
        Row.RESTART: f"{len(requests)} / 0",
        Row.RESTART_COST: _noisy(used.cpu - cpu_of_imports()),
        Row.RESTART_MEMORY: f"{used.rss:.0f} / {used.peak:.0f}",
        Row.RESTART_TIME: f"{ready - listed.timestamp():.1f}",
    }


def down(bed: Bed) -> Rows:
    """Children are damaged while nobody looks."""
    ways = (damage.SELECTOR, damage.OTHER_IMAGE, damage.SERVICE_GONE)
    bed.operator.kill()
    done = [ways[n % 3].done(bed, name) for n, name in enumerate(bed.names[:MOST_DAMAGED])]
    bed.operator.start()
    began = time.monotonic()
    for each in filter(None, done):
        wait_until(partial(each.undone, bed), f"the repair of {each.damage.row}")
    seconds = time.monotonic() - began
    return {Row.DOWN: f"{len(done)} of {len(done)}, {seconds:.1f} s after it is ready"}


def freeze(bed: Bed) -> Rows:
    """The API server hangs for a while; then somebody changes an app."""
    app, image = bed.names[-1], "registry.example/app:3"
    bed.await_calm()
    bed.cluster.processes.pause("kube-apiserver")
    time.sleep(bed.size.frozen)  # the time itself is what is measured
    bed.cluster.processes.resume("kube-apiserver")
    began = time.monotonic()
    content = {"spec": {"image": image}}
    bed.crowd.ask(Call("PATCH", bed.path("microservices", app), content, MERGE_PATCH))
    wait_until(lambda: _image(bed, app) == image, "the change", interval=OFTEN)
    return {Row.FROZEN: f"{time.monotonic() - began:.2f}"}


def delete(bed: Bed) -> Rows:
    """All apps go at once; the garbage collector takes their children."""
    bed.await_ready()
    with bed.cost() as cost:
        bed.delete()
        bed.await_end()
    assert bed.failures() == []
    return {
        Row.DELETE: f"{len(cost.about_apps)} / {cost.cpu:.1f}",
        Row.DELETE_TIME: f"{cost.seconds:.0f} / {bed.usage().rss:.0f}",
    }


SCENARIOS: tuple[Scenario, ...] = (
    create,
    idle,
    touch,
    change,
    repair,
    restart,
    down,
    freeze,
    delete,
    share,
)


def _noisy(seconds: float) -> str:
    """A difference of two measurements, which says nothing below their noise."""
    return f"{seconds:.2f}" if seconds >= NOISE else f"< {NOISE}"


def _judge(bed: Bed, cost: Cost, allowed: float) -> None:
    """So many writes per app, and nothing is read but the pods of an app that waits for them.

    What such a look shows is one more word in the status.
    """
    looks = [r for r in cost.about_apps if r.resource == "pods"]
    assert len(looks) + len(cost.writes) == len(cost.about_apps), "something was read"
    most = allowed * len(bed) + len(looks)
    assert len(cost.writes) <= most, f"{len(cost.writes)} writes, allowed are {most:.0f}"


def _asked(bed: Bed, cost: Cost) -> str:
    """Requests and writes per app; the difference are the Events, and looks at late pods."""
    requests = len(cost.about_apps) + len(cost.events)
    return f"{requests / len(bed):.1f} / {len(cost.writes) / len(bed):.1f}"


def _is_census(request: Request) -> bool:
    """It follows the lists, and readiness follows it."""
    return request.resource == MICROSERVICE.plural and not request.user_agent.startswith("kopf")


def _image(bed: Bed, app: str) -> str:
    deployment = bed.get("deployments", app)
    assert deployment
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image
