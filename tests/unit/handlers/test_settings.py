"""The settings file: what is wrong with it is said, and a change is noticed while it runs."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from microservice_operator.cluster.events import Subject
from microservice_operator.errors import SettingsError
from microservice_operator.handlers.settings import Reload, ourselves, read
from microservice_operator.platform import Settings
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from microservice_operator.cluster.events import Happening
    from microservice_operator.engine.loop import Loop

VALID, OTHER, WRONG = (
    "defaults: {replicas: 2}",
    "defaults: {replicas: 3}",
    "defaults: {replicas: x}",
)


SALE = "{name: a, start: 0 0 1 2 *, duration: 1h, timeZone: Europe/Viena, min: 1}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The administrator's file."""
    return tmp_path / "settings.yaml"


@pytest.mark.parametrize("content", [None, "", "# nothing yet\n", "defaults:\n", "defaults: {}\n"])
def test_nothing_is_a_setting(file: Path, content: str | None) -> None:
    """No file, and a file that says nothing, mean the same."""
    if content is None:
        assert read(None) == Settings()
    else:
        file.write_text(content)
        assert read(file) == Settings()


def test_defaults_are_part_of_a_spec(file: Path) -> None:
    """As users write it, without the image."""
    file.write_text("defaults: {replicas: 2, resources: {requests: {cpu: 100m}}}")

    assert read(file).defaults == {
        "replicas": 2,
        "resources": {"requests": {"cpu": "100m"}},
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("defaults: [", "is no YAML"),
        ("a: 1\n---\nb: 2\n", "is no YAML"),
        ("- defaults", "must be a mapping with `accessLog`"),
        ("just words", "must be a mapping with `accessLog`"),
        ("default: {}", "`default` is no setting; allowed: `accessLog`"),
        ("1: {}", "`1` is no setting"),
        ("defaults: 3", "`defaults` must be a mapping"),
        ("defaults: {replica: 2}", "replica"),
        ("defaults: {replicas: many}", "replicas"),
        (f"defaults: {{scaling: {{schedules: [{SALE}]}}}}", "did you mean 'Europe/Vienna'"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(file: Path, content: str, words: str) -> None:
    """The administrator reads one sentence: which file, which field, what is allowed."""
    file.write_text(content)

    with pytest.raises(SettingsError) as caught:
        read(file)

    assert str(caught.value).startswith(str(file))
    assert words in str(caught.value)


def test_a_missing_file_is_named(file: Path) -> None:
    """A typing error in a flag or in a mount."""
    with pytest.raises(SettingsError, match=r"settings\.yaml: No such file or directory"):
        read(file)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    """A mount that has gone wrong looks like this."""
    with pytest.raises(SettingsError, match="Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00d", b"a: \x00"], ids=["UTF-16", "NUL"])
def test_a_binary_file_is_no_yaml(file: Path, content: bytes) -> None:
    """An editor on another system may write one."""
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=r"settings\.yaml"):
        read(file)


@pytest.mark.parametrize(
    "content",
    [
        "a: 2001-99-99",
        "[" * 5000,
        f"a: {'9' * 5000}",
        "environment: !!bool foo",
        "environment: !!timestamp foo",
    ],
    ids=["date", "depth", "number", "bool", "timestamp"],
)
def test_yaml_that_python_cannot_read_is_no_yaml(file: Path, content: str) -> None:
    """It must not end an operator that works."""
    file.write_text(content)

    with pytest.raises(SettingsError, match="is no YAML"):
        read(file)


@dataclass
class Listener:
    """What the loop is told."""

    taken: list[Settings] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)

    def take(self, settings: Settings) -> None:
        """Other settings."""
        self.taken.append(settings)

    def tell(self, happening: Happening) -> None:
        """An Event."""
        self.told.append(happening)

    @property
    def replicas(self) -> list[int]:
        """What the settings that were taken say."""
        return [settings.defaults["replicas"] for settings in self.taken]


def follow(file: Path, *steps: Callable[[], object]) -> Listener:
    """Change the file step by step while it is followed; each is seen before the next."""
    listener = Listener()
    file.write_text(VALID)
    reload = Reload(cast("Loop", listener), file, read(file), Subject("v1", "Pod", "operator"))

    async def main() -> None:
        for step in (lambda: None, *steps):
            step()
            for _ in range(3):
                await reload.look()

    asyncio.run(main())
    return listener


def valid() -> float | None:
    """The metric."""
    return metrics.REGISTRY.get_sample_value("microservice_settings_valid")


def test_a_change_is_taken_once_and_what_means_the_same_is_not(file: Path) -> None:
    """A comment, a touch and an equal content change nothing."""
    listener = follow(
        file,
        lambda: os.utime(file),
        lambda: file.write_text(f"# a word\n{VALID}"),
        lambda: file.write_text(OTHER),
        lambda: file.write_text(f"# a word\n{OTHER}"),
    )

    assert listener.replicas == [3]
    assert (listener.told, valid()) == ([], 1)


def test_a_mistake_is_told_once_and_the_old_settings_stay(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One log line and one Event per problem; the metric tells for how long."""
    seen: list[float | None] = []

    listener = follow(
        file,
        lambda: file.write_text(WRONG),
        lambda: seen.append(valid()),
        lambda: file.write_text(f"{WRONG} # a word"),
        file.unlink,
        lambda: file.write_text(VALID),
    )

    assert listener.taken == []
    assert (seen, valid()) == ([0], 1)
    assert [each.reason for each in listener.told] == ["SettingsInvalid"] * 2
    assert "replicas" in listener.told[0].note
    assert "No such file" in listener.told[1].note
    assert len([line for line in caplog.messages if line == "settings refused"]) == 2


def test_a_volume_that_is_swapped_is_noticed(tmp_path: Path) -> None:
    """A ConfigMap's volume changes by a symbolic link two steps away."""
    for name, content in (("one", VALID), ("two", OTHER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.yaml").write_text(content)
    data, file = tmp_path / "..data", tmp_path / "settings.yaml"
    data.symlink_to("one")
    file.symlink_to("..data/settings.yaml")

    def swap() -> None:
        (tmp_path / "..new").symlink_to("two")
        (tmp_path / "..new").rename(data)

    assert follow(file, swap).replicas == [3]


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, "Namespace"),
        ({"POD_NAME": "operator-1"}, "Namespace"),
        ({"POD_NAME": "operator-1", "POD_NAMESPACE": "platform"}, "Pod"),
    ],
    ids=["nothing", "half", "pod"],
)
def test_who_we_are_is_told_by_the_environment(environment: dict[str, str], kind: str) -> None:
    """An Event about a pod needs its namespace as well."""
    assert ourselves(environment).kind == kind


def test_half_a_file_is_nobodys_mistake(file: Path) -> None:
    """It is looked at again before anybody complains."""
    listener = Listener()
    file.write_text(VALID)
    reload = Reload(cast("Loop", listener), file, read(file), Subject("v1", "Pod", "operator"))
    write = file.write_text

    async def main() -> None:
        for content in (VALID, VALID, "defaults: {", OTHER, OTHER):
            write(content)
            await reload.look()

    asyncio.run(main())

    assert (listener.replicas, listener.told) == ([3], [])
