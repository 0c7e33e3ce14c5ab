"""How the sources of a configuration are laid over one another, and what their maps are called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.errors import Invalid
from microservice_operator.model import App, understand
from microservice_operator.model.config import LARGEST, missing
from microservice_operator.model.facts import Facts
from microservice_operator.platform import Settings
from tests import apps

KEYS = "abcd"
NAMES = ["one", "two", "three"]
contents = st.dictionaries(st.sampled_from(KEYS), st.text("xyz", max_size=2))
shared_maps = st.fixed_dictionaries(dict.fromkeys(NAMES, contents))


def app(config: dict[str, Any], shared: Any = None, environment: str = "prod") -> App:
    """What this configuration means where these ConfigMaps are shared."""
    facts = Facts(shared=shared or {})
    return understand(apps.body(config=config), Settings(environment=environment), facts)


@given(st.permutations(NAMES), shared_maps, contents, contents)
def test_each_source_wins_over_those_below(
    order: list[str], shared: Any, data: dict[str, str], here: dict[str, str]
) -> None:
    """Shared maps in their order, then the base, then the platform's environment."""
    config = {"shared": order, "data": data, "environments": {"prod": {"data": here}}}

    found = app(config, shared).config.data

    sources = [here, data, *(shared[name] for name in reversed(order))]
    for key in KEYS:
        assert found.get(key) == next((each[key] for each in sources if key in each), None)


@given(contents, contents)
def test_files_are_laid_over_one_another_one_by_one(
    files: dict[str, str], here: dict[str, str]
) -> None:
    """A file of the environment takes the place of its namesake; shared maps have no files."""
    config = {"files": files, "environments": {"prod": {"files": here}}, "shared": ["one"]}

    assert app(config, {"one": {"a": "x"}}).config.files == {**files, **here}


@given(contents, contents)
def test_an_environment_that_is_not_this_one_does_not_count(
    data: dict[str, str], elsewhere: dict[str, str]
) -> None:
    """Also where the spec has no word for this one, which is no error."""
    config = {"data": data, "environments": {"test": {"data": elsewhere}}}

    assert app(config).config.data == data
    assert app(config, environment="").config.data == data


@given(st.permutations(NAMES), st.dictionaries(st.sampled_from(KEYS), st.text("xyz")))
def test_the_order_of_disjoint_maps_means_nothing(order: list[str], data: dict[str, str]) -> None:
    """The name of the map tells its content, however it came to be."""
    shared = {name: {name: "1"} for name in NAMES}

    def name(names: list[str], given: dict[str, str]) -> str:
        return app({"shared": names, "data": given}, shared).config.data_map

    backwards = dict(reversed(data.items()))
    assert name(order, backwards) == name(NAMES, data)


@given(contents, contents)
def test_a_name_tells_the_content(one: dict[str, str], other: dict[str, str]) -> None:
    """Equal content has an equal name, and another content another name."""
    for part, name in (("data", "data_map"), ("files", "files_map")):
        mine, theirs = (getattr(app({part: each}).config, name) for each in (one, other))
        assert (mine == theirs) == (one == other)


def test_the_names_never_change() -> None:
    """A new version of the operator that hashed otherwise would restart every pod."""
    found = app({"data": {"LEVEL": "info", "A": "\u00e9"}, "files": {"a.yaml": "a"}}).config

    assert (found.data_map, found.files_map) == ("orders-config-ljfjxtq", "orders-files-6iu6f5p")


def test_files_that_are_reloaded_have_a_name_that_stays() -> None:
    """Only so can they be replaced under the pods."""
    assert app({"files": {"a": "1"}, "onChange": "Reload"}).config.files_map == "orders-files"
    assert app({"onChange": "Reload"}).config.files_map == ""


@pytest.mark.parametrize("part", ["data", "files"])
def test_what_does_not_fit_in_a_config_map_is_refused(part: str) -> None:
    """In words of the spec, before the server refuses the map; the number of bytes counts."""
    values = {f"k{number}": "\u00e9" * (LARGEST // 64) for number in range(32)}
    assert not app({part: values}).config.missing

    with pytest.raises(Invalid, match=f"all `{part}` together are {LARGEST + 1} bytes"):
        app({part: {**values, "more": "1"}})


def test_a_missing_map_is_told_with_all_that_is_needed_to_make_it() -> None:
    """Its name, its namespace and its label; of several, how many there are."""
    found = app({"shared": ["one", "two", "three"]}, {"two": {}})

    assert found.config.missing == ("one", "three")
    said = str(missing(found))
    assert "ConfigMap/one (and 1 more) of `config.shared` is not there: namespace shop" in said
    assert 'needs it with the label `microservices.dev/shared-config: "true"`' in said
    assert missing(app({"shared": ["two"]}, {"two": {}})) is None


def test_files_share_their_folder_with_nobody() -> None:
    """The server would refuse two mounts of one path in words that name no field of the spec."""
    mounts = [{"name": "cache", "path": "/config", "empty": {}}]

    with pytest.raises(Invalid, match=r"spec\.mounts\[cache\]\.path: must not be /config"):
        apps.app(config={"files": {"a": "1"}}, mounts=mounts)

    assert apps.app(config={"data": {"A": "1"}}, mounts=mounts).folders
    assert apps.app(config={"files": {"a": "1"}, "mountPath": "/etc/a"}, mounts=mounts).folders
