from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microservice_operator.telemetry.logs import Json, Text, configure

NASTY = 'a "quoted"\nline\r\x1b[31mred\x1b[0m \u2028 \x9b31m \ud800 {"msg": 1}'
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), NUMBERS)
FIELDS = st.sampled_from(["namespace", "child", "error", "reason", "ready", "weird key\n"])


def record(message: object = "child created", *args: object, **fields: Any) -> logging.LogRecord:
    """One thing to log."""
    logger = logging.getLogger("test")
    return logger.makeRecord("test", logging.INFO, "f", 1, message, args, None, extra=fields)


def failed() -> logging.LogRecord:
    """One thing to log that came from an exception."""
    made = record("pass failed", child="Service/orders")
    try:
        int("two\nlines")
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def test_a_line_says_when_how_bad_what_and_who() -> None:
    """What machines look for stands in fields of fixed names."""
    made = record("child created", child="Service/orders")
    made.created = 1_700_000_000.5

    assert json.loads(Json().format(made)) == {
        "ts": "2023-11-14T22:13:20.500Z",
        "level": "info",
        "msg": "child created",
        "logger": "test",
        "child": "Service/orders",
    }


@settings(derandomize=True, max_examples=200)
@given(st.text(), st.dictionaries(FIELDS, VALUES))
def test_json_is_one_line_and_loses_nothing(message: str, fields: dict[str, Any]) -> None:
    """Whatever a message or a field contains, a strict reader gets it back."""
    line = Json().format(record(message, **fields))

    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    assert found["msg"] == message
    assert {name: found[name] for name in fields} == fields


def test_json_takes_what_is_no_json() -> None:
    """An exception, a path or a set as a field is written as people read it."""
    line = json.loads(Json().format(record(error=ValueError("no"), where={"a"})))

    assert (line["error"], line["where"]) == ("no", "{'a'}")


def test_json_tells_of_an_exception_in_the_same_line() -> None:
    """Its traceback is a field."""
    line = Json().format(failed())

    assert "\n" not in line
    assert json.loads(line)["error"].endswith("with base 10: 'two\\nlines'")


@pytest.mark.parametrize("name", ["ts", "level", "logger"])
def test_no_field_hides_another(name: str) -> None:
    """Other libraries name their fields as they like."""
    line = json.loads(Json().format(record(**{name: "theirs"})))

    assert line["msg"] == "child created"
    assert line[name] != "theirs"


def test_text_is_for_people() -> None:
    """Time, phrase, fields; quoted where a space would mislead."""
    made = record("child updated", child="Service/orders", fields="spec.type, spec.ports")
    made.created = 1_700_000_000.5

    assert Text(colour=False).format(made) == (
        '22:13:20 child updated            child=Service/orders fields="spec.type, spec.ports"'
    )


@pytest.mark.parametrize("where", ["message", "field"])
def test_text_lets_no_message_steer_the_terminal(where: str) -> None:
    """What a user wrote into an object could otherwise forge lines or hide them."""
    made = record(NASTY) if where == "message" else record(child=NASTY)

    line = Text(colour=False).format(made)

    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\ud800]", line)


def test_text_colours_only_where_it_may() -> None:
    """Warnings are yellow and errors red on a terminal, and plain in a file."""
    made = record()
    made.levelno = logging.ERROR

    assert "\033[31mchild created" in Text(colour=True).format(made)
    assert "\033" not in Text(colour=False).format(made)


def test_text_shows_a_traceback() -> None:
    """A person wants to read it as it is."""
    lines = Text(colour=False).format(failed()).splitlines()

    assert lines[0].endswith("child=Service/orders")
    assert lines[1] == "Traceback (most recent call last):"


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_log_goes_to_the_standard_error(
    form: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the level that was asked for; what speaks of bodies stays silent at any level."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)

    configure(form, "debug")
    logging.getLogger("microservice_operator").debug("ours")
    logging.getLogger("kubernetes.client.rest").debug("a body with secrets")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ours" in captured.err
    assert "secrets" not in captured.err
