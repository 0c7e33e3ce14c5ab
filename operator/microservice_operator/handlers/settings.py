"""The administrator's settings file: read at the start, and again whenever its content changes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from microservice_operator import platform
from microservice_operator.cluster.events import Happening, Subject
from microservice_operator.errors import Invalid, SettingsError
from microservice_operator.model.understand import must_be_sound
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from microservice_operator.engine.loop import Loop
    from microservice_operator.platform import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
# A tag on a word that it does not fit, such as `!!bool maybe`, ends in the last three.
NO_YAML = (yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError, TypeError)


def read(path: Path | None) -> Settings:
    """Read the file; no file means no settings.

    Raises:
        SettingsError: it cannot be read, or says what makes no sense.
    """
    return platform.Settings() if path is None else _understand(path, _content(path))


@dataclass(slots=True)
class Reload:
    """Sees to it that the loop works with what the file says."""

    loop: Loop
    path: Path
    settings: Settings
    ourselves: Subject
    _seen: bytes | SettingsProblem | None = None
    _judged: bytes | SettingsProblem | None = None
    _problem: str = ""

    async def run(self) -> None:
        """Look at the file for ever."""
        while True:
            await self.look()
            await asyncio.sleep(POLL_SECONDS)

    async def look(self) -> None:
        """Look at the file once.

        A content counts when it was there twice: a file that is just being written or replaced is
        nobody's mistake. Times and inodes do not count: they change without it, and it does so
        behind symbolic links.
        """
        content = await asyncio.to_thread(_content, self.path)
        if content == self._seen != self._judged:
            self._judged = content
            self._judge(content)
        self._seen = content

    def _judge(self, content: bytes | SettingsProblem) -> None:
        try:
            settings = _understand(self.path, content)
        except SettingsError as error:
            metrics.settings_valid(valid=False)
            if str(error) != self._problem:
                self._problem = str(error)
                self._refuse(self._problem)
            return
        self._problem = ""
        metrics.settings_valid(valid=True)
        if settings != self.settings:
            self.settings = settings
            log.info("settings taken", extra={"file": str(self.path)})
            self.loop.take(settings)

    def _refuse(self, problem: str) -> None:
        log.warning("settings refused", extra={"error": problem})
        note = f"The settings that were valid before stay in force: {problem}"
        self.loop.tell(Happening(self.ourselves, "Warning", "SettingsInvalid", "Reload", note))


def ourselves(environment: Mapping[str, str]) -> Subject:
    """Our own pod, where we are told its name; else the namespace that every cluster has."""
    pod, namespace = environment.get("POD_NAME"), environment.get("POD_NAMESPACE")
    if pod and namespace:
        return Subject("v1", "Pod", pod, namespace, environment.get("POD_UID", ""))
    return Subject("v1", "Namespace", "default")


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """Why there is no content."""

    words: str


def _content(path: Path) -> bytes | SettingsProblem:
    try:
        return path.read_bytes()
    except OSError as error:
        return SettingsProblem(error.strerror or str(error))


def _understand(path: Path, content: bytes | SettingsProblem) -> Settings:
    """The settings in this content.

    Raises:
        SettingsError: it names the file, and the field where there is one.
    """
    if isinstance(content, SettingsProblem):
        raise SettingsError(f"{path}: {content.words}")
    try:
        document = yaml.safe_load(content.decode())
    except NO_YAML as error:
        raise SettingsError(f"{path} is no YAML: {error}") from error
    try:
        settings = platform.settings(document)
        must_be_sound(settings)
    except RecursionError as error:
        raise SettingsError(f"{path}: a part of it contains itself") from error
    except (Invalid, SettingsError) as error:
        raise SettingsError(f"{path}: {error}") from error
    return settings
