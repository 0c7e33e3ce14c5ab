"""Which kinds the API server serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from microservice_operator.cluster.api import Api, ApiError, Unreachable, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model import Kind

NOT_FOUND = 404


async def await_kind(kind: Kind, delays: Iterable[float]) -> None:
    """Wait until the API server serves this kind, however long that takes."""
    api = await Api.connect()
    try:
        for delay in delays:
            if await serves(api, kind):
                return
            await asyncio.sleep(delay)
    finally:
        await api.close()


async def serves(api: Api, kind: Kind) -> bool:
    """Whether the API server answers and serves this kind."""
    try:
        return kind.plural in await served(api, kind.group_path)
    except (ApiError, Unreachable):
        return False


async def served(api: Api, group_path: str) -> set[str]:
    """The plurals of the kinds of a group and version that the API server serves.

    Raises:
        ApiError, Unreachable: it does not say.
    """
    try:
        answer = decoded(await api.request("GET", group_path))
    except ApiError as error:
        if error.code == NOT_FOUND:
            return set()
        raise
    return {resource["name"] for resource in answer["resources"]}
