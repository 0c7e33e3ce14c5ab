"""The ConfigMaps that are marked as shared, as far as we know: what each holds, by name."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from microservice_operator.model.kinds import CONFIG_MAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from microservice_operator.model import Kind


# Its watch is another than that of the children, and so has a name of its own.
SHARED_CONFIG = replace(CONFIG_MAP, name="SharedConfigMap")


MOST_REMEMBERED = 100


class _Metadata(msgspec.Struct):
    name: str
    namespace: str


class _ConfigMap(msgspec.Struct):
    metadata: _Metadata
    data: dict[str, str] | None = None


_config_maps = msgspec.json.Decoder(_ConfigMap)


class SharedConfig:
    """The data of every shared ConfigMap.

    `changed` is called with namespace and name of one that holds something else than before, or
    has come or gone; an edit of its metadata concerns nobody.
    """

    def __init__(self, changed: Callable[[str, str], None]) -> None:
        self._changed = changed
        self._maps: defaultdict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
        self._gone: OrderedDict[tuple[str, str], Mapping[str, str]] = OrderedDict()

    def gone_from(self, namespace: str) -> Mapping[str, Mapping[str, str]]:
        """What the maps held that are there no more: until they return, it is the last good."""
        return {name: data for (place, name), data in self._gone.items() if place == namespace}

    def of(self, namespace: str) -> Mapping[str, Mapping[str, str]]:
        """The data of the shared ConfigMaps of a namespace, by name."""
        return self._maps.get(namespace, {})

    def listed(self, kind: Kind, namespace: str, version: str, objects: Iterable[bytes]) -> None:  # noqa: ARG002  of a sink
        """Take a whole list: what it does not hold is gone."""
        there = [_config_maps.decode(raw) for raw in objects]
        names = {(each.metadata.namespace, each.metadata.name) for each in there}
        scope = [namespace] if namespace else list(self._maps)
        gone = [
            (place, name)
            for place in scope
            for name in self.of(place)
            if (place, name) not in names
        ]
        for place, name in gone:
            self._lose(place, name)
        for each in there:
            self._take(each)

    def seen(self, kind: Kind, raw: bytes) -> None:  # noqa: ARG002  of a sink
        """Take one event of the watch."""
        self._take(_config_maps.decode(raw))

    def gone(self, kind: Kind, raw: bytes) -> None:  # noqa: ARG002  of a sink
        """Take the end of a map, or of its mark."""
        metadata = _config_maps.decode(raw).metadata
        if metadata.name in self.of(metadata.namespace):
            self._lose(metadata.namespace, metadata.name)

    def _take(self, found: _ConfigMap) -> None:
        place, name, data = found.metadata.namespace, found.metadata.name, found.data or {}
        self._gone.pop((place, name), None)
        if self.of(place).get(name) != data:
            self._maps[place][name] = data
            self._changed(place, name)

    def _lose(self, place: str, name: str) -> None:
        self._gone[place, name] = self._maps[place].pop(name)
        if len(self._gone) > MOST_REMEMBERED:
            self._gone.popitem(last=False)
        if not self._maps[place]:
            del self._maps[place]
        self._changed(place, name)
