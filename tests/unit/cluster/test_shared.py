"""Shared ConfigMaps as their watch tells of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.shared import MOST_REMEMBERED, SHARED_CONFIG, SharedConfig

if TYPE_CHECKING:
    from collections.abc import Iterator


class Maps(SharedConfig):
    """What is known, and who was told of since it was last read."""

    def __init__(self) -> None:
        self.told: list[str] = []
        super().__init__(lambda namespace, name: self.told.append(f"{namespace}/{name}"))

    def lists(self, *objects: bytes, namespace: str = "") -> None:
        """A list comes."""
        self.listed(SHARED_CONFIG, namespace, "1", objects)

    def read(self) -> Iterator[str]:
        """Return and forget."""
        while self.told:
            yield self.told.pop(0)


@pytest.fixture
def maps() -> Maps:
    """One map, of which nobody needs to be told any more."""
    maps = Maps()
    maps.seen(SHARED_CONFIG, raw(data={"A": "1"}))
    assert list(maps.read()) == ["shop/settings"]
    return maps


def raw(name: str = "settings", namespace: str = "shop", **parts: Any) -> bytes:
    """A ConfigMap."""
    return json.dumps({"metadata": {"name": name, "namespace": namespace}, **parts}).encode()


def test_the_data_are_known_by_name(maps: Maps) -> None:
    """Of one namespace; what is binary is no variable."""
    maps.seen(SHARED_CONFIG, raw("other", binaryData={"B": "eA=="}))

    assert maps.of("shop") == {"settings": {"A": "1"}, "other": {}}
    assert maps.of("bank") == {}


def test_only_other_data_are_news(maps: Maps) -> None:
    """An edit of labels, or a list after a broken connection, concerns nobody."""
    maps.seen(SHARED_CONFIG, raw(data={"A": "1"}, immutable=True))
    maps.lists(raw(data={"A": "1"}))
    assert maps.told == []

    maps.seen(SHARED_CONFIG, raw(data={"A": "2"}))
    assert list(maps.read()) == ["shop/settings"]


def test_who_goes_is_forgotten_once(maps: Maps) -> None:
    """Also an object without its label is gone for us."""
    for _ in range(2):
        maps.gone(SHARED_CONFIG, raw(data={"A": "1"}))

    assert maps.of("shop") == {}
    assert list(maps.read()) == ["shop/settings"]


def test_a_list_tells_of_what_has_left_unseen(maps: Maps) -> None:
    """In its own scope: the list of one namespace says nothing of another."""
    maps.seen(SHARED_CONFIG, raw(namespace="bank"))
    list(maps.read())

    maps.lists(raw("other"), namespace="shop")

    assert list(maps.read()) == ["shop/settings", "shop/other"]
    assert maps.of("shop") == {"other": {}}
    assert maps.of("bank") == {"settings": {}}
    maps.lists()
    assert sorted(maps.read()) == ["bank/settings", "shop/other"]


def test_what_is_gone_is_remembered_until_it_returns(maps: Maps) -> None:
    """It is the last good configuration of its users; not of everybody for ever, though."""
    maps.gone(SHARED_CONFIG, raw(data={"A": "1"}))
    assert maps.gone_from("shop") == {"settings": {"A": "1"}}
    assert maps.gone_from("bank") == {}

    maps.seen(SHARED_CONFIG, raw(data={"A": "2"}))
    assert maps.gone_from("shop") == {}

    for number in range(MOST_REMEMBERED + 1):
        maps.seen(SHARED_CONFIG, raw(str(number)))
        maps.gone(SHARED_CONFIG, raw(str(number)))
    assert len(maps.gone_from("shop")) == MOST_REMEMBERED
    assert "0" not in maps.gone_from("shop")
