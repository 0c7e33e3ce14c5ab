from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microservice_operator.errors import SettingsError
from microservice_operator.handlers.process import read_settings
from microservice_operator.platform import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The administrator's file."""
    return tmp_path / "settings.yaml"


@pytest.mark.parametrize("content", [None, "", "# nothing yet\n", "defaults:\n", "defaults: {}\n"])
def test_nothing_is_a_setting(file: Path, content: str | None) -> None:
    """No file, and a file that says nothing, mean the same."""
    if content is None:
        assert read_settings(None) == Settings()
    else:
        file.write_text(content)
        assert read_settings(file) == Settings()


def test_defaults_are_part_of_a_spec(file: Path) -> None:
    """As users write it, without the image."""
    file.write_text("defaults: {replicas: 2, resources: {requests: {cpu: 100m}}}")

    assert read_settings(file).defaults == {
        "replicas": 2,
        "resources": {"requests": {"cpu": "100m"}},
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("defaults: [", "is no YAML"),
        ("a: 1\n---\nb: 2\n", "is no YAML"),
        ("- defaults", "must be a mapping with `defaults`"),
        ("just words", "must be a mapping with `defaults`"),
        ("default: {}", "`default` is no setting; allowed: `defaults`"),
        ("1: {}", "`1` is no setting"),
        ("defaults: 3", "`defaults` must be a mapping"),
        ("defaults: {replica: 2}", "replica"),
        ("defaults: {replicas: many}", "replicas"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(file: Path, content: str, words: str) -> None:
    """The administrator reads one sentence: which file, which field, what is allowed."""
    file.write_text(content)

    with pytest.raises(SettingsError) as caught:
        read_settings(file)

    assert str(caught.value).startswith(str(file))
    assert words in str(caught.value)


def test_a_missing_file_is_named(file: Path) -> None:
    """A typing error in a flag or in a mount."""
    with pytest.raises(SettingsError, match=r"settings\.yaml: No such file or directory"):
        read_settings(file)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    """A mount that has gone wrong looks like this."""
    with pytest.raises(SettingsError, match="Is a directory"):
        read_settings(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00d", b"a: \x00"], ids=["UTF-16", "NUL"])
def test_a_binary_file_is_no_yaml(file: Path, content: bytes) -> None:
    """An editor on another system may write one."""
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=r"settings\.yaml"):
        read_settings(file)
