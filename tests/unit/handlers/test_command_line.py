from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from microservice_operator import __version__
from microservice_operator.__main__ import main, run, selftest
from microservice_operator.cluster.credentials import NoCredentials
from microservice_operator.handlers import process
from microservice_operator.handlers.process import Options

if TYPE_CHECKING:
    from click import Command


@pytest.fixture(autouse=True)
def _log_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command configures the log of the process; here it is the tests' own."""
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """Note with which options the operator would run."""
    options: list[Options] = []
    monkeypatch.setattr(process, "run", options.append)
    return options


def call(*arguments: str) -> Result:
    """Call the command line."""
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("command", [run, selftest], ids=["run", "selftest"])
def test_help_mentions_every_flag(command: Command) -> None:
    """With a sentence, and the default where there is one."""
    shown = " ".join(call(str(command.name), "--help").output.split())

    for option in command.params:
        assert all(name in shown for name in option.opts)
        sentence = getattr(option, "help", "")
        assert sentence
        assert sentence in shown
        if getattr(option, "show_default", None):
            assert f"[default: {option.default}" in shown


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_the_commands(flag: str) -> None:
    """Somebody who knows nothing finds the way."""
    result = call(flag)

    assert result.exit_code == 0
    assert "run" in result.output
    assert "selftest" in result.output


def test_the_version_is_told() -> None:
    """Whoever reports a bug is asked for it."""
    assert call("--version").output == f"microservice-operator, version {__version__}\n"


def test_without_flags_everything_is_served(started: list[Options]) -> None:
    """All namespaces, no settings, metrics on 8080."""
    assert call("run").exit_code == 0
    assert started == [Options((), None, 8080)]


def test_flags_arrive(started: list[Options]) -> None:
    """Namespaces may be named several times."""
    flags = ("-n", "a", "--namespace", "b", "--settings", "/x.yaml", "--metrics-port", "0")

    assert call("run", *flags).exit_code == 0
    assert started == [Options(("a", "b"), Path("/x.yaml"), 0)]


@pytest.mark.parametrize(
    "flags",
    [
        ("--metrics-port", "65536"),
        ("--metrics-port", "http"),
        ("-n", ""),
        ("-n", "Not_A_Namespace"),
        ("--log-format", "xml"),
        ("--log-level", "loud"),
        ("--namespaces", "a"),
        ("surplus",),
    ],
)
def test_a_wrong_flag_is_refused(started: list[Options], flags: tuple[str, ...]) -> None:
    """Before anything is started, and with the way to the help."""
    result = call("run", *flags)

    assert result.exit_code == 2
    assert "Try 'main run --help' for help." in result.output
    assert started == []


@pytest.mark.parametrize(
    "error", [NoCredentials("no credentials: set KUBECONFIG"), OSError(98, "Address in use")]
)
def test_what_prevents_a_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Not a traceback."""

    def fail(_: Options) -> None:
        raise error

    monkeypatch.setattr(process, "run", fail)

    result = call("run")

    assert result.exit_code == 1
    assert result.output == f"Error: {error}\n"


def test_a_wrong_settings_file_is_one_sentence(tmp_path: Path) -> None:
    """It names the file."""
    result = call("run", "--settings", str(tmp_path / "none.yaml"))

    assert result.exit_code == 1
    assert result.output.endswith("none.yaml: No such file or directory\n")
