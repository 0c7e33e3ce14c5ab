"""Choosing ports that stay free until a component listens on them, also while it is down."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

# Below the range from which Linux and macOS take the ports of outgoing connections: a component
# that is stopped for a while must find its port free when it returns.
LOWEST, HIGHEST = 15000, 30000


def free_port(wanted: int) -> int:
    """This port, or another one if somebody listens on it."""
    with ExitStack() as held:
        free = _bind(wanted, held)
    return wanted if free else free_ports(1, {wanted})[0]


def free_ports(count: int, taken: set[int]) -> list[int]:
    """Ports of the loopback address that nobody listens on and that are not in `taken`."""
    candidates = random.sample(range(LOWEST, HIGHEST), HIGHEST - LOWEST)
    with ExitStack() as held:
        free = (port for port in candidates if port not in taken and _bind(port, held))
        return [next(free) for _ in range(count)]


def _bind(port: int, held: ExitStack) -> bool:
    probe = held.enter_context(socket.socket())
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def listening(port: int) -> bool:
    """Whether somebody on this machine answers on it."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
