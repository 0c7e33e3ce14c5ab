"""The command line: `python -m tests.cluster {build,up,down,...}`, also after `node` or `mesh`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cluster import Cluster, StepFailed
from tests.cluster.build import build
from tests.cluster.images import catalogue
from tests.cluster.images.operator import operator
from tests.cluster.istio import Mesh
from tests.cluster.locking import exclusive
from tests.cluster.node import Node
from tests.cluster.node.real import ENTER
from tests.cluster.paths import CACHE, RUN
from tests.cluster.tools import JUDGES, tool

IMAGES = {**catalogue.ARCHIVES, "operator": operator}

if TYPE_CHECKING:
    from collections.abc import Callable

    Commands = dict[str, tuple[Callable[[argparse.Namespace], None], str]]
    # The type has no public name.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def main() -> None:
    """Do what the command line asks; a failed step is told without a traceback."""
    arguments = _parser().parse_args()
    try:
        arguments.do(arguments)
    except StepFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    commands = _add_commands(parser, Cluster, COMMANDS, "testbed")
    text = "do the same with a cluster of one real node (needs root)"
    node = commands.add_parser("node", help=text, description=text)
    _add_commands(node, Node, NODE_COMMANDS, "node")
    text = "do the same with Istio on a real node"
    mesh = commands.add_parser("mesh", help=text, description=text)
    _add_commands(mesh, Mesh, MESH_COMMANDS, "mesh")
    return parser


def _add_commands(
    parser: argparse.ArgumentParser, bed: type[Cluster], table: Commands, name: str
) -> Subparsers:
    parser.add_argument("--name", default=name, help="which of several clusters")
    parser.set_defaults(bed=bed)
    commands = parser.add_subparsers(required=True)
    for word, (function, text) in table.items():
        command = commands.add_parser(word, help=text, description=text)
        command.set_defaults(do=function)
        if function in WITH_ARGUMENTS:
            command.add_argument("arguments", nargs=argparse.REMAINDER)
        else:
            command.add_argument("--name", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return commands


def _build(_: argparse.Namespace) -> None:
    print(build())
    for name in JUDGES:
        print(tool(name))


def _build_node(arguments: argparse.Namespace) -> None:
    print(arguments.bed().build())


def _images(_: argparse.Namespace) -> None:
    for made in IMAGES.values():
        print(made())


def _up(arguments: argparse.Namespace) -> None:
    cluster = arguments.bed(arguments.name)
    with exclusive(CACHE / "up.lock", "another cluster to start"):
        if cluster.complete:
            print(f"cluster {cluster.name} runs already")
        else:
            cluster.start(detached=True)
            print(f"cluster {cluster.name} is ready after {cluster.seconds_to_ready:.1f} s")
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def _down(arguments: argparse.Namespace) -> None:
    cluster = arguments.bed(arguments.name)
    existed = cluster.folder.exists()
    cluster.stop()
    print(f"cluster {cluster.name} is gone" if existed else f"there is no cluster {cluster.name}")


def _status(_: argparse.Namespace) -> None:
    for folder in sorted(RUN.glob("*/")):
        cluster = Cluster(folder.name)
        living = cluster.processes.running()
        print(f"{cluster.name}: {cluster.kubeconfig}")
        for name in cluster.processes.commands():
            print(f"    {name}: {f'runs as {living[name]}' if name in living else 'does not run'}")


def _kubectl(arguments: argparse.Namespace) -> None:
    kubectl = _running(arguments).kubectl
    os.execve(kubectl.binary, ["kubectl", *arguments.arguments], kubectl.environment)  # noqa: S606 -- becoming kubectl, with the terminal, is the point


def _istioctl(arguments: argparse.Namespace) -> None:
    environment = {**os.environ, "KUBECONFIG": str(_running(arguments).kubeconfig)}
    os.execve(tool("istioctl"), ["istioctl", *arguments.arguments], environment)  # noqa: S606 -- as above


def _exec(arguments: argparse.Namespace) -> None:
    command = [str(ENTER), str(_running(arguments).folder), *arguments.arguments]
    os.execv(ENTER, command)  # noqa: S606 -- as above


def _import(arguments: argparse.Namespace) -> None:
    node = _running(arguments)
    for word in arguments.arguments:
        made = IMAGES.get(word)
        node.load(made() if made else Path(word).absolute())


def _running(arguments: argparse.Namespace) -> Any:
    cluster = arguments.bed(arguments.name)
    if not cluster.kubeconfig.exists():
        sys.exit(f"there is no cluster {cluster.name}; `up` starts it")
    return cluster


COMMANDS = {
    "build": (_build, "build the binaries unless they exist"),
    "up": (_up, "start a cluster that stays until `down`"),
    "down": (_down, "end a cluster and remove all of it"),
    "status": (_status, "list the clusters and their processes"),
    "images": (_images, "make archives of all images, for `docker load`"),
    "kubectl": (_kubectl, "run kubectl against a cluster"),
}

NODE_COMMANDS = {
    **COMMANDS,
    "build": (_build_node, "build the binaries and make the seed unless they exist"),
    "exec": (_exec, "run a command in the namespaces of a node"),
    "import": (_import, "give a node the images of archives, or of the bed by name"),
}

MESH_COMMANDS = {**NODE_COMMANDS, "istioctl": (_istioctl, "run istioctl against a mesh")}
WITH_ARGUMENTS = (_kubectl, _istioctl, _exec, _import)

if __name__ == "__main__":
    main()
