"""Process 1 of a node: makes its world, then carries connections into it and takes in orphans.

Stands alone, so that it starts at once and stays small. All that it mounts and makes lives in
namespaces, and goes with them when this process ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = "172.30.0.1"
NOWHERE = "172.30.0.254"

# The kubelet writes these for the whole machine: it is shown files with the values it wants.
SHIELDED = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}

# These belong to the network namespace.
SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/route_localnet": "1",
    "net/bridge/bridge-nf-call-iptables": "1",
}


def main() -> None:
    """Build the world, say so, and serve until killed."""
    plan: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    subprocess.run(["hostname", plan["name"]], check=True)
    _cover_files(plan)
    _mount_groups(plan["hierarchies"])
    _shield_sysctls()
    _make_network()
    listeners = [socket.socket(fileno=int(number)) for number in sys.argv[2:]]
    ready = Path(plan["ready"]).touch
    asyncio.run(_serve(dict(zip(plan["ports"], listeners, strict=True)), ready))


def _mount(kind: str, place: str, options: str = "", source: str = "none") -> None:
    extra = ["-o", options] if options else []
    subprocess.run(["mount", "-t", kind, *extra, source, place], check=True)


def _bind(source: Path, place: Path) -> None:
    subprocess.run(["mount", "--bind", source, place], check=True)


def _cover_files(plan: dict[str, Any]) -> None:
    """Lay the packages over /usr, and let nothing that is written elsewhere reach the machine."""
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    _mount("tmpfs", "/run", "mode=755")
    for place in ("/etc", "/var"):
        upper, work = (Path(f"/run/cover{place}/{part}") for part in ("upper", "work"))
        upper.mkdir(parents=True)
        work.mkdir()
        _mount("overlay", place, f"lowerdir={place},upperdir={upper},workdir={work}")
    _mount("overlay", "/usr", f"lowerdir={plan['packages']}:/usr")
    for folder in ("/run/netns", "/run/lock", "/run/tmp", "/var/lib/kubelet"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    # The kubelet's sockets need a short path.
    _bind(Path(plan["folder"]) / "kubelet", Path("/var/lib/kubelet"))
    # Nobody answers there: a missing image is refused at once instead of being looked for.
    resolver = Path("/etc/resolv.conf")
    resolver.unlink(missing_ok=True)
    resolver.write_text("nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")


def _mount_groups(hierarchies: dict[str, str]) -> None:
    root = Path("/sys/fs/cgroup")
    subprocess.run(["umount", "--lazy", root], check=True)
    _mount("sysfs", "/sys")
    _mount("tmpfs", str(root), "mode=755")
    for place, options in hierarchies.items():
        Path(place).mkdir()
        _mount("cgroup", place, options if "name=" not in options else f"none,{options}")


def _shield_sysctls() -> None:
    for number, (name, value) in enumerate(SHIELDED.items()):
        shield = Path(f"/run/sysctl-{number}")
        shield.write_text(f"{value}\n")
        _bind(shield, Path("/proc/sys") / name)


def _make_network() -> None:
    for command in (
        "link set lo up",
        "link add node0 type veth peer name node0p",
        "link set node0p up",
        f"addr add {ADDRESS}/24 dev node0",
        "link set node0 up",
        # Without a default route no Service address would be routed, and so never translated.
        f"route add default via {NOWHERE} dev node0",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    for name, value in SYSCTLS.items():
        with suppress(FileNotFoundError):
            (Path("/proc/sys") / name).write_text(value)


async def _serve(listeners: dict[int, socket.socket], ready: Callable[[], None]) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, _take_in_orphans)
    for port, listener in listeners.items():
        await asyncio.start_server(partial(_carry, port), sock=listener)
    ready()
    await asyncio.Event().wait()


async def _carry(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Connect a caller from outside with the same port inside."""
    with suppress(OSError):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
    writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    writer.close()


def _take_in_orphans() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
