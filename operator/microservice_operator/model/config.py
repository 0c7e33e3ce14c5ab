"""The configuration of an app, composed of all its sources, and the ConfigMaps that hold it."""

from __future__ import annotations

import json
from base64 import b32encode
from hashlib import blake2b
from typing import TYPE_CHECKING

from microservice_operator.api.config import Layer
from microservice_operator.errors import ConfigMissing, Invalid
from microservice_operator.model.app import Config, Folder
from microservice_operator.model.labels import SHARED_CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.api import config as api
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.model.facts import Facts

FOLDER, FILES = "/config", "files"
LARGEST = 1024 * 1024
HASH_LENGTH = 7


def compose(name: str, block: api.Config, environment: str, facts: Facts) -> Config:
    """Lay the sources of this app over one another: shared, the base, then this environment.

    Of a shared map that is there no more, what it held last is good until it returns.

    Raises:
        Invalid: together they are larger than a ConfigMap may be.
    """
    here = block.environments.get(environment, Layer())
    reloads = block.on_change == "Reload"
    known = {**facts.gone, **facts.shared}
    common = [known.get(each, {}) for each in block.shared]
    data = _bounded("data", _laid_over(*common, block.data, here.data))
    files = _bounded("files", _laid_over(block.files, here.files))
    return Config(
        data=data,
        files=files,
        data_map=_named(f"{name}-config", data),
        files_map=_named(f"{name}-files", files, fixed=not reloads),
        folder=block.mount_path or FOLDER,
        reloads=reloads,
        shared=block.shared,
        missing=tuple(each for each in block.shared if each not in facts.shared),
        unknown=any(each not in known for each in block.shared),
    )


def missing(app: App) -> ConfigMissing | None:
    """What to say while a shared ConfigMap is not there: the last good configuration stays."""
    if not app.config.missing:
        return None
    name, *others = app.config.missing
    more = f" (and {len(others)} more)" if others else ""
    return ConfigMissing(
        f"ConfigMap/{name}{more} of `config.shared` is not there: namespace {app.namespace} needs "
        f'it with the label `{SHARED_CONFIG}: "true"`; until then what it held last stays '
        "in use, if that is known."
    )


def variables(config: Config) -> tuple[Manifest, ...]:
    """Where the container gets the variables; it comes first, for of two the later one counts."""
    return ({"configMapRef": {"name": config.data_map}},) if config.data_map else ()


def volume(config: Config) -> dict[str, Manifest]:
    """The volume of the files; whole, because a mount of a single one would never be reloaded."""
    return {FILES: {"configMap": {"name": config.files_map}}} if config.files_map else {}


def beside(mounted: tuple[Folder, ...], config: Config, block: api.Config) -> tuple[Folder, ...]:
    """What the container mounts, and where it finds the files.

    Raises:
        Invalid: something else is mounted there, if not here, then in another environment.
    """
    anywhere = block.files or any(layer.files for layer in block.environments.values())
    for folder in mounted:
        if anywhere and folder.path == config.folder:
            raise Invalid(
                f"spec.mounts[{folder.volume}].path: must not be {config.folder}, where the files "
                "of `config` are; give `config.mountPath` or another path"
            )
    own = (Folder(FILES, config.folder, read_only=True),) if config.files_map else ()
    return (*mounted, *own)


def _named(stable: str, content: Mapping[str, str], *, fixed: bool = True) -> str:
    """The name of a ConfigMap; empty for none. One that is `fixed` tells its content by it."""
    if not content:
        return ""
    return f"{stable}-{_hash(content)}" if fixed else stable


def _laid_over(*sources: Mapping[str, str]) -> dict[str, str]:
    """Of values with the same name, that of the last source."""
    return {name: value for source in sources for name, value in source.items()}


def _bounded(part: str, content: Mapping[str, str]) -> Mapping[str, str]:
    size = sum(len(value.encode()) for value in content.values())
    if size > LARGEST:
        raise Invalid(
            f"spec.config: all `{part}` together are {size} bytes, and a ConfigMap holds at most "
            f"{LARGEST}"
        )
    return content


def _hash(content: Mapping[str, str]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    digest = blake2b(canonical.encode(), digest_size=5).digest()
    return b32encode(digest).decode().lower()[:HASH_LENGTH]
