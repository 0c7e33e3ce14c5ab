"""The log: one line per change, as JSON for machines or as text for a terminal."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from typing_extensions import override

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
DIM, RED, YELLOW, PLAIN = "\033[2m", "\033[31m", "\033[33m", "\033[0m"


def configure(form: Literal["json", "text"], level: str) -> None:
    """Send the log of everything to the standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if form == "json" else Text(colour=sys.stderr.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These tell of requests and objects; no level of ours may bring their bodies to the log.
    for name in ("aiohttp", "asyncio", "kubernetes", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Json(logging.Formatter):
    """One JSON object per line; what it says stands in fields of their own."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            **_fields(record),
            "ts": _time(record),
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Text(logging.Formatter):
    """A line for a person: time, phrase, fields."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    @override
    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={_quoted(value)}" for key, value in _fields(record).items())
        phrase = _printable(record.getMessage())
        if record.levelno >= logging.WARNING:
            tone = RED if record.levelno >= logging.ERROR else YELLOW
            phrase = self._paint(tone, phrase)
        line = f"{_time(record)[11:19]} {phrase:<24} {self._paint(DIM, fields)}".rstrip()
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line

    def _paint(self, tone: str, text: str) -> str:
        return f"{tone}{text}{PLAIN}" if self._colour and text else text


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in record.__dict__.items() if key not in STANDARD}


def _quoted(value: object) -> str:
    text = str(value)
    printable = _printable(text)
    return json.dumps(printable, ensure_ascii=False) if " " in text else printable


def _printable(text: str) -> str:
    """Text that cannot steer a terminal or forge a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
