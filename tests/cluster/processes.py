"""The processes of one cluster, known by files in its folder, so that any process may end them.

A process holds a lock on its `<name>.pid` file for as long as it lives: a number alone could by
now belong to somebody else.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.cluster import groups
from tests.cluster.failure import StepFailed
from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

# The shell writes its number before it becomes the component, so that no moment exists at which
# the component lives and nobody could know its number.
ENTER = 'echo $$ > "$0"; exec "$@"'


class Processes:
    """Start, pause, resume and kill the components of a cluster by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def commands(self) -> dict[str, list[str]]:
        """The command line of every component, in the order of their start."""
        file = self._folder / "commands.json"
        commands: dict[str, list[str]] = json.loads(file.read_text()) if file.exists() else {}
        return commands

    def add(self, further: dict[str, list[str]]) -> None:
        """Make further processes known by their command lines; they end with the others."""
        commands = self.commands() | further
        (self._folder / "commands.json").write_text(json.dumps(commands, indent=1))

    def start(self, name: str) -> None:
        """Start a component unless it runs; after a kill it finds its ports and data again."""
        if pid_of(self._folder, name) is not None:
            return
        with (self._folder / f"{name}.pid").open("w") as pid_file:
            fcntl.flock(pid_file, fcntl.LOCK_EX)
            with self.log(name).open("a") as log:
                self._children[name] = subprocess.Popen(
                    ["/bin/sh", "-c", ENTER, pid_file.name, *self.commands()[name]],
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[pid_file.fileno()],
                    start_new_session=True,  # Ctrl-C is for the caller, who then ends all
                )

    def pause(self, name: str) -> None:
        """Freeze a component: its ports stay open and nothing answers."""
        os.kill(self._living(name), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused component go on."""
        os.kill(self._living(name), signal.SIGCONT)

    def kill(self, name: str) -> None:
        """End a component as a crash would, and wait until it is gone."""
        os.kill(self._living(name), signal.SIGKILL)
        _await_end(self._folder, name)
        self.reap(name)

    def running(self) -> dict[str, int]:
        """The numbers of all processes that live."""
        pids = {name: pid_of(self._folder, name) for name in self.commands()}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def check(self, step: str) -> None:
        """Raise StepFailed if a started component has ended."""
        for name, child in self._children.items():
            if child.poll() is not None:
                command = " ".join(self.commands()[name])
                raise StepFailed(
                    f"{step}: {name}",
                    f"it ended with exit code {child.returncode}",
                    log=self.log(name),
                    advice=f"mend what the log says; the command was\n    {command}",
                )

    def log(self, name: str) -> Path:
        """Where a component's output goes."""
        return self._folder / f"{name}.log"

    def reap(self, name: str) -> None:
        """Take note of the end of a child, if the component was started from here."""
        child = self._children.pop(name, None)
        if child is not None:
            child.wait()

    def end(self) -> None:
        """End all, and remove the folder."""
        end(self._folder)
        for name in list(self._children):
            self.reap(name)

    def _living(self, name: str) -> int:
        pid = pid_of(self._folder, name)
        if pid is None:
            raise ProcessLookupError(f"{name} does not run")
        return pid


def end(folder: Path) -> None:
    """Kill every process of a cluster and remove its folder.

    All at once and without a chance to say goodbye: nothing of it is kept, and an API server that
    is asked politely lingers for a minute once etcd is gone.
    """
    names = [file.stem for file in folder.glob("*.pid")]
    for name in names:
        pid = pid_of(folder, name)
        if pid is not None:
            with suppress(ProcessLookupError):  # it ended by itself just now
                os.kill(pid, signal.SIGKILL)
    for name in names:
        _await_end(folder, name)
    groups.remove(folder)
    shutil.rmtree(folder, ignore_errors=True)


def pid_of(folder: Path, name: str) -> int | None:
    """The number of a component that lives, else None."""
    file = folder / f"{name}.pid"
    if not _locked(file):
        return None
    # Locked and still empty: its starter is between the lock and the first breath of the shell.
    return int(wait_until(lambda: file.read_text().strip(), f"the number of {name}"))


def _await_end(folder: Path, name: str) -> None:
    wait_until(lambda: not _locked(folder / f"{name}.pid"), f"the end of {name}")


def _locked(file: Path) -> bool:
    """Whether a component holds the file; askers share, or they would see one another."""
    try:
        with file.open() as pid_file:
            fcntl.flock(pid_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
