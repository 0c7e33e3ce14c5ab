"""The self-test: a Microservice becomes Ready where the operator serves, and is deleted again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from microservice_operator.cluster.api import Api, ApiError, decoded
from microservice_operator.errors import OperatorError
from microservice_operator.model.kinds import MICROSERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAUSE_SECONDS = 0.5
# The operator's own image holds a server that answers: no other image is needed.
COMMAND = ("python", "-m", "http.server", "8080", "--directory", "/tmp")  # noqa: S108  in its pod
NOBODY = "nobody has looked at it; does the operator run, and does it serve this namespace?"


class NotReady(OperatorError):
    """The Microservice did not become Ready in time."""


async def selftest(namespace: str, image: str, pull_secrets: Sequence[str], seconds: float) -> str:
    """Create a Microservice, wait until it is Ready, and delete it; its name.

    Raises:
        NotReady: saying what the operator says of it.
        ApiError, Unreachable, NoCredentials: it could not even be tried.
    """
    manifest = _manifest(image, pull_secrets)
    api = await Api.connect()
    try:
        body = await api.request("POST", MICROSERVICE.collection(namespace), body=manifest)
        name: str = decoded(body)["metadata"]["name"]
        path = MICROSERVICE.path(namespace, name)
        try:
            await _await_ready(api, path, seconds)
        finally:
            await _delete(api, path)
        return name
    finally:
        await api.close()


async def _await_ready(api: Api, path: str, seconds: float) -> None:
    said = NOBODY
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = decoded(await api.request("GET", path))
                ready = _ready(found)
                if ready.get("status") == "True":
                    return
                said = ready.get("message") or said
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        raise NotReady(f"{path} is not Ready after {seconds:g} s: {said}") from None


async def _delete(api: Api, path: str) -> None:
    with contextlib.suppress(ApiError):
        await api.request("DELETE", path)


def _ready(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The condition, if it speaks of this generation."""
    for condition in found.get("status", {}).get("conditions", ()):
        current = condition.get("observedGeneration") == found["metadata"]["generation"]
        if condition["type"] == "Ready" and current:
            return condition  # type: ignore[no-any-return]  # decoded JSON
    return {}


def _manifest(image: str, pull_secrets: Sequence[str]) -> dict[str, Any]:
    spec: dict[str, Any] = {"image": image, "command": list(COMMAND)}
    if pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in pull_secrets]
    return {
        "apiVersion": MICROSERVICE.api_version,
        "kind": MICROSERVICE.name,
        "metadata": {"generateName": "selftest-"},
        "spec": spec,
    }
