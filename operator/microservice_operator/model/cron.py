"""When a cron expression fires, by the clocks of a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = timedelta(minutes=1)
ANY_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  the local time of any zone


@lru_cache
def zones() -> dict[str, str]:
    """The names of all time zones, by the same in small letters; alike on every machine."""
    names = files("tzdata").joinpath("zones").read_text("ascii").split()
    return {name.lower(): name for name in names}


def zone(name: str) -> ZoneInfo | None:
    """The time zone of this name, if there is one."""
    return ZoneInfo(name) if zones().get(name.lower()) == name else None


def nearest_zone(name: str) -> str | None:
    """The time zone that somebody who wrote this may have meant."""
    alike = get_close_matches(name.lower(), zones(), n=1)
    return zones()[alike[0]] if alike else None


@lru_cache(maxsize=4096)
def fires(expression: str) -> bool:
    """Whether an expression ever fires: no range runs backwards, and some month has its day."""
    try:
        CronSim(expression, ANY_DAY)
    except CronSimError:
        return False
    return True


@lru_cache(maxsize=4096)
def first_after(expression: str, local: datetime) -> datetime:
    """The first local time after this one at which the expression fires."""
    return next(CronSim(expression, local))


def until(expression: str, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The local times that have begun by this moment, the last one first."""
    local = moment.astimezone(zone)
    # While clocks repeat an hour, all of it has begun already.
    repeated = _offset(local.replace(fold=0)) - _offset(local)
    firings = CronSim(expression, _naive(local) + repeated + MINUTE, reverse=True)
    return (firing for firing in firings if instant(firing, zone) <= moment)


def after(expression: str, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The local times that begin after this moment."""
    firings = CronSim(expression, _naive(moment.astimezone(zone)))
    return (firing for firing in firings if instant(firing, zone) > moment)


@lru_cache(maxsize=4096)
def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which a local time begins.

    One that occurs twice begins the first time; one that clocks skip, at the next valid minute.
    """
    while True:
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if _naive(moment.astimezone(zone)) == local:
            return moment
        local += MINUTE


def _naive(local: datetime) -> datetime:
    return local.replace(tzinfo=None, fold=0)


def _offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    assert offset is not None
    return offset
