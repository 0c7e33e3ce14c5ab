"""Which kinds the API server serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from microservice_operator.cluster.api import Api, ApiError, Unreachable, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model import Kind


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
        answer = decoded(await api.request("GET", kind.group_path))
    except (ApiError, Unreachable):
        return False
    return any(resource["name"] == kind.plural for resource in answer["resources"])
