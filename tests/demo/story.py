"""What the demo tells: one small object becomes many, and they stay as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.demo import pods
from tests.demo.places.place import EXAMPLE

if TYPE_CHECKING:
    from tests.demo.places.place import Place
    from tests.demo.screen import Screen

CHILDREN = "deployments,services,serviceaccounts"


def tell(place: Place, screen: Screen) -> None:
    """Show everything, and leave it running."""
    screen.title("microservice-operator: one small object becomes a well-run service")
    place.up(screen)
    place.operate(screen)
    _example(place, screen)
    if place.inside:
        pods.answer(place, screen)
    _drift(place, screen)
    if place.inside:
        pods.loss(place, screen)
    _farewell(place, screen)


def _example(place: Place, screen: Screen) -> None:
    screen.step("One small object")
    for file in sorted(EXAMPLE.glob("*.yaml")):
        screen.detail(file.read_text())
    screen.command(f"{place.typed} apply -f examples/hello")
    place.kubectl("apply", "-f", str(EXAMPLE))
    _until_ready(place, screen)
    screen.command(f"{place.typed} get msvc hello")
    screen.detail(place.kubectl("get", "msvc", "hello").stdout)
    screen.command(f"{place.typed} get {CHILDREN} -l {pods.OURS}")
    screen.detail(place.kubectl("get", CHILDREN, "-l", pods.OURS).stdout)
    screen.say("   what its status says:")
    screen.detail(_conditions(place))


def _until_ready(place: Place, screen: Screen) -> None:
    """Show every sentence that the status says on the way."""
    shown: list[str] = []

    def ready() -> bool:
        microservice = place.kubectl.get("msvc", "hello", None)
        assert microservice is not None
        condition = microservice["status"]["conditions"][0]
        line = f"Ready={condition['status']:<8} {condition['reason']:<12} {condition['message']}"
        if line not in shown:
            shown.append(line)
            screen.detail(line)
        return bool(condition["status"] == "True")

    wait_until(ready, "hello to be Ready", timeout=60)
    screen.done(f"Ready, {screen.total:.0f} s after the beginning")


def _conditions(place: Place) -> str:
    microservice = place.kubectl.get("msvc", "hello", None)
    assert microservice is not None
    return "\n".join(
        f"{c['type']:<12} {c['status']:<8} {c['reason']:<12} {c['message']}"
        for c in microservice["status"]["conditions"]
    )


def _drift(place: Place, screen: Screen) -> None:
    screen.step("Somebody changes a child by hand")
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    right = place.kubectl("get", "deployment", "hello", "-o", image).stdout
    screen.command(f"{place.typed} set image deployment/hello app=wrong:0")
    place.kubectl("set", "image", "deployment/hello", "app=wrong:0")
    wait_until(
        lambda: place.kubectl("get", "deployment", "hello", "-o", image).stdout == right,
        "the operator to restore the image",
    )
    screen.done(f"the image is {right} again, and the operator says who changed it:")
    told = wait_until(lambda: _told(place), "the Event that tells of it")
    screen.detail(told)
    place.kubectl("wait", "msvc/hello", "--for=condition=Ready", "--timeout=60s", timeout=70)


def _told(place: Place) -> str:
    notes = "jsonpath={range .items[?(@.reason=='DriftRepaired')]}{.message}{'\\n'}{end}"
    regarding = "involvedObject.kind=Microservice,involvedObject.name=hello"
    return place.kubectl("get", "events", "--field-selector", regarding, "-o", notes).stdout


def _farewell(place: Place, screen: Screen) -> None:
    screen.title("All of it goes on running. Try it:")
    screen.say("")
    screen.say(f"   export KUBECONFIG={place.kubectl.kubeconfig}")
    for line in (
        f"{place.typed} explain microservice.spec",
        f'{place.typed} patch msvc hello --type=merge -p \'{{"spec":{{"replicas":3}}}}\'',
        f"{place.typed} delete service hello   # and look again",
        f"{place.typed} get msvc -w",
        place.log,
    ):
        screen.say(f"   {line}")


def end(screen: Screen) -> None:
    """The last lines."""
    screen.say("\n   make down   ends it and leaves nothing behind")
    screen.say(f"\n   all of it took {screen.total:.0f} s\n")
