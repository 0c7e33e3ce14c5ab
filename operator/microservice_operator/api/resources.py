"""The compute resources of the application's container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Entries
from microservice_operator.api.keys import resource_names
from microservice_operator.api.scalars import Quantity, amount
from microservice_operator.api.schema import Block, Rule


def _within_limits(resources: Resources) -> bool:
    return all(
        amount(quantity) <= amount(resources.limits[name])
        for name, quantity in resources.requests.items()
        if name in resources.limits
    )


def _whole(resources: Resources) -> bool:
    return all(
        name in resources.limits and amount(quantity) == amount(resources.limits[name])
        for name, quantity in resources.requests.items()
        if "/" in name or name.startswith("hugepages-")
    )


class Resources(Block):
    """What the container asks for and what it may use at most."""

    requests: Annotated[Mapping[str, Quantity], Entries(16)] = {}
    """What the scheduler sets aside, per resource. Example: `{cpu: 100m, memory: 128Mi}`."""
    limits: Annotated[Mapping[str, Quantity], Entries(16)] = {}
    """What the container may use at most, per resource. Example: `{memory: 256Mi}`."""

    rules: ClassVar = (
        resource_names("requests"),
        resource_names("limits"),
        Rule(
            field_path=".requests",
            message="must not be greater than `limits` for any resource that both name",
            cel="!has(self.requests) || !has(self.limits) || self.requests.all(name, "
            "!(name in self.limits) || !isQuantity(string(self.requests[name])) || "
            "!isQuantity(string(self.limits[name])) || quantity(string(self.requests[name]))"
            ".compareTo(quantity(string(self.limits[name]))) <= 0)",
            check=_within_limits,
        ),
        Rule(
            field_path=".requests",
            message="must have the same amount as `limits` of what nobody can share, such as "
            "'example.com/gpu' and 'hugepages-2Mi'",
            cel="!has(self.requests) || self.requests.all(name, "
            "!(name.contains('/') || name.startsWith('hugepages-')) || "
            "(has(self.limits) && name in self.limits && "
            "(!isQuantity(string(self.requests[name])) || "
            "!isQuantity(string(self.limits[name])) || quantity(string(self.requests[name]))"
            ".compareTo(quantity(string(self.limits[name]))) == 0)))",
            check=_whole,
        ),
    )
