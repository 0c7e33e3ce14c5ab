"""Whether the platform lets a Microservice refer to what it refers to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from microservice_operator.api.folding import fold
from microservice_operator.api.placement import Toleration
from microservice_operator.api.problems import SHOWN
from microservice_operator.api.schema import Block
from microservice_operator.api.spec import Spec
from microservice_operator.errors import Forbidden
from microservice_operator.platform import ANY_IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from microservice_operator.api.microservice import Microservice
    from microservice_operator.api.tenancy import Names, Tenancy
    from microservice_operator.platform import Settings


@dataclass(frozen=True, slots=True)
class Reference:
    """What a spec refers to, where it says so, and in which way."""

    setting: str
    where: str
    name: str
    way: Block | str

    def is_allowed(self, tenancy: Tenancy, namespace: str) -> bool:
        """Whether the settings name it, for this namespace."""
        if isinstance(self.way, Toleration):
            taints = tenancy.tolerations
            return taints is None or any(_covers(each, self.way) for each in taints)
        names: Names = getattr(tenancy, self.setting)
        return names is None or any(fnmatchcase(self.name, one) for one in _here(names, namespace))

    def refusal(self, tenancy: Tenancy, namespace: str) -> str:
        """What is wrong with it, and what would not be."""
        if isinstance(self.way, Toleration):
            allowed = [_taint(each) for each in tenancy.tolerations or ()]
        else:
            allowed = _here(getattr(tenancy, self.setting), namespace)
        own = ["its own"] if self.setting == "service_accounts" else []
        words = _first([*own, *(f"'{each}'" for each in allowed)], ", ")
        return (
            f"{self.where}: must not be '{self.name}'; the platform's settings "
            f"(`tenancy.{to_camel(self.setting)}`) allow {f'only {words}' if words else 'none'} "
            "in this namespace"
        )


def must_be_allowed(microservice: Microservice, settings: Settings) -> None:
    """Look at what the user wrote; what the platform's defaults refer to is open to everybody.

    Raises:
        Forbidden: it says where, what, and what the platform allows.
    """
    spec, namespace, tenancy = microservice.spec, microservice.namespace, settings.tenancy
    refused = [each for each in _references(spec) if not each.is_allowed(tenancy, namespace)]
    if refused or spec.sidecars or spec.init:
        defaults = Spec.model_validate(fold(settings.defaults, ANY_IMAGE))
        given = [(each.setting, each.way) for each in _references(defaults)]
        refused = [
            *(each for each in refused if (each.setting, each.way) not in given),
            *(each for each in _taken(spec, defaults) if not each.is_allowed(tenancy, namespace)),
        ]
    if refused:
        problems = _first([each.refusal(tenancy, namespace) for each in refused], "; ")
        raise Forbidden(f"{problems}; ask whoever runs the platform for more")


def _references(spec: Spec) -> Iterator[Reference]:
    placement = spec.placement
    if name := spec.service_account_name:
        yield Reference("service_accounts", "spec.serviceAccountName", name, name)
    if name := placement.priority_class_name:
        yield Reference("priority_classes", "spec.placement.priorityClassName", name, name)
    for number, toleration in enumerate(placement.tolerations):
        where = f"spec.placement.tolerations[{number}]"
        yield Reference("tolerations", where, _taint(toleration), toleration)
    yield from _secrets(spec, "spec")


def _taken(spec: Spec, defaults: Spec) -> Iterator[Reference]:
    """What a container of the platform has, when the user puts something else into it."""
    for field in ("sidecars", "init"):
        platforms = {each.name: each for each in getattr(defaults, field)}
        for number, each in enumerate(getattr(spec, field)):
            theirs = platforms.get(each.name, each)
            if each != theirs:
                where = f"spec.{field}[{number}]: a Secret of the platform's container it changes"
                yield from (replace(found, where=where) for found in _secrets(theirs, field))


def _secrets(block: Block, at: str) -> Iterator[Reference]:
    """Whatever any block calls a secret, so that no new field is forgotten."""
    for field, value in block:
        place, several = f"{at}.{to_camel(field)}", isinstance(value, tuple)
        for number, each in enumerate(value if several else (value,)):
            where = f"{place}[{number}]" if several else place
            if "secret" in field and each is not None:
                name = each if isinstance(each, str) else each.name
                yield Reference("secrets", where, name, each)
            elif isinstance(each, Block):
                yield from _secrets(each, where)


def _here(names: Sequence[str], namespace: str) -> list[str]:
    """The names that are allowed in this namespace."""
    parted = (each.rpartition("/") for each in names)
    return [name for place, _, name in parted if fnmatchcase(namespace, place or "*")]


def _first(words: Sequence[str], between: str) -> str:
    """As many words as somebody reads, and how many more there are."""
    rest = len(words) - SHOWN
    return between.join([*words[:SHOWN], *([f"and {rest} more"] if rest > 0 else [])])


def _covers(allowed: Toleration, asked: Toleration) -> bool:
    """Whether all taints that `asked` bears are borne by `allowed`, and for as long."""
    any_value = allowed.operator == "Exists"
    same_value = asked.operator != "Exists" and (allowed.value or "") == (asked.value or "")
    longest, long = allowed.toleration_seconds, asked.toleration_seconds
    return (
        allowed.key in {None, asked.key}
        and (any_value or same_value)
        and allowed.effect in {None, asked.effect}
        and (longest is None or (long is not None and long <= longest))
    )


def _taint(toleration: Toleration) -> str:
    """A toleration in the words of `kubectl taint`, with `*` for anything."""
    seconds = toleration.toleration_seconds
    return (
        f"{toleration.key or '*'}={'*' if toleration.operator == 'Exists' else toleration.value}"
        f":{toleration.effect or '*'}" + ("" if seconds is None else f" for {seconds}s")
    )
