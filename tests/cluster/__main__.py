"""The command line: `python -m tests.cluster {build,up,down,status,kubectl}`."""

from __future__ import annotations

import argparse
import os
import sys

from tests.cluster import Cluster, StepFailed
from tests.cluster.build import build
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, RUN

DEFAULT_NAME = "testbed"


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
    parser.add_argument("--name", default=DEFAULT_NAME, help="which of several clusters")
    commands = parser.add_subparsers(required=True)
    for name, (function, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(do=function)
        if function is _kubectl:
            command.add_argument("arguments", nargs=argparse.REMAINDER)
        else:
            command.add_argument("--name", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _build(_: argparse.Namespace) -> None:
    print(build())


def _up(arguments: argparse.Namespace) -> None:
    cluster = Cluster(arguments.name)
    with exclusive(CACHE / "up.lock", "another cluster to start"):
        if cluster.complete:
            print(f"cluster {cluster.name} runs already")
        else:
            cluster.start(detached=True)
            print(f"cluster {cluster.name} is ready after {cluster.seconds_to_ready:.1f} s")
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def _down(arguments: argparse.Namespace) -> None:
    cluster = Cluster(arguments.name)
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
    cluster = Cluster(arguments.name)
    if not cluster.kubeconfig.exists():
        sys.exit(f"there is no cluster {cluster.name}; `up` starts it")
    kubectl = cluster.kubectl
    os.execve(kubectl.binary, ["kubectl", *arguments.arguments], kubectl.environment)  # noqa: S606 -- becoming kubectl, with the terminal, is the point


COMMANDS = {
    "build": (_build, "build the binaries unless they exist"),
    "up": (_up, "start a cluster that stays until `down`"),
    "down": (_down, "end a cluster and remove all of it"),
    "status": (_status, "list the clusters and their processes"),
    "kubectl": (_kubectl, "run kubectl against a cluster"),
}

if __name__ == "__main__":
    main()
