"""A gate in front of an API server: it keeps requests that it is told to keep, for later."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.cluster import kubeconfig, wait_until
from tests.cluster.preparation import authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tests.cluster import Cluster

CHUNK = 65536
PATIENCE = 180


@dataclass
class Held:
    """Requests that fit are kept until they are let go; whoever asks again waits too."""

    method: str
    path: str
    containing: bytes = b""
    code: int = 0
    answered_at: float = 0.0
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def fits(self, method: str, path: str, body: bytes) -> bool:
        """Whether it is one of these."""
        return method == self.method and path.endswith(self.path) and self.containing in body

    def await_it(self) -> None:
        """Wait until it is here."""
        assert self.arrived.wait(PATIENCE), f"no {self.method} {self.path} came"

    def let_go(self) -> int:
        """Send it on; what the server answers to it now."""
        self.released.set()
        return wait_until(lambda: self.code, f"an answer to {self.method} {self.path}")


class Gate:
    """One connection for each request, so that none waits behind one that is held.

    Clients prove who they are by a token: a certificate would end here.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        pki = authority(cluster.folder).folder
        self._inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._inside.load_cert_chain(pki / "server.crt", pki / "server.key")
        self._outside = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._held: list[Held] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True, name="gate").start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for held in self._held:
            held.released.set()
        with self._lock:
            for each in (self._listener, *self._open):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        wait_until(lambda: not self._open, "the connections through the gate to end")

    def kubeconfig(self, path: Path, token: str) -> Path:
        """How to reach the API server through the gate."""
        server = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        trusted = authority(self._cluster.folder).certificate
        return kubeconfig.write(path, server, trusted, {"token": token})

    def hold(self, method: str, path: str, containing: bytes = b"") -> Held:
        """Keep requests of this method whose path ends like this."""
        held = Held(method, path, containing)
        self._held.append(held)
        return held

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """Pass one request on, and its answer back, for as long as both sides want."""
        with (
            suppress(OSError),
            connection,
            self._inside.wrap_socket(connection, server_side=True) as client,
            self._counted(client),
        ):
            method, path, request = _read(client)
            held = self._keep(method, path, request)
            self._pass_on(client, request, held)

    def _pass_on(self, client: ssl.SSLSocket, request: bytes, held: Held | None) -> None:
        """Connect only now: a server hangs up on those that say nothing for half a minute."""
        there = ("127.0.0.1", self._cluster.api.port)
        with (
            socket.create_connection(there) as upstream,
            self._outside.wrap_socket(upstream, server_hostname=there[0]) as server,
            self._counted(server),
        ):
            server.sendall(request)
            while chunk := server.recv(CHUNK):
                if held and not held.code:
                    held.answered_at = time.monotonic()
                    held.code = int(chunk.split(maxsplit=2)[1])
                client.sendall(chunk)

    @contextmanager
    def _counted(self, one: ssl.SSLSocket) -> Iterator[None]:
        """Whoever closes the gate closes this."""
        with self._lock:
            self._open.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(one)

    def _keep(self, method: str, path: str, request: bytes) -> Held | None:
        with self._lock:
            held = next((each for each in self._held if each.fits(method, path, request)), None)
            if held is None:
                return None
            held.arrived.set()
        held.released.wait(PATIENCE)
        return held


def _read(client: ssl.SSLSocket) -> tuple[str, str, bytes]:
    """One request: its method, its path, and its bytes as they are passed on."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += _some(client)
    head, _, body = said.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    while found and len(body) < int(found[1]):
        body += _some(client)
    method, target, _ = head.decode().split(" ", 2)
    request = head + b"\r\nConnection: close\r\n\r\n" + body
    return method, target.partition("?")[0], request


def _some(client: ssl.SSLSocket) -> bytes:
    chunk = client.recv(CHUNK)
    if not chunk:
        raise ConnectionResetError
    return chunk
