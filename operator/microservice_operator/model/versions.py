"""What a version is: the spec with the version's own blocks laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.api.config import Config
    from microservice_operator.api.environment import EnvVar
    from microservice_operator.api.spec import Spec
    from microservice_operator.api.versions import OtherVersion


def laid_over(spec: Spec, version: OtherVersion) -> Spec:
    """The spec that this version would have by itself: variables merge, the rest replaces."""
    over: dict[str, Any] = {
        "version": version.name,
        "image": version.image,
        "env": _merged(spec.env, version.env),
        "config": _configured(spec.config, version.config.data),
    }
    if version.args is not None:
        over["args"] = version.args
    if version.resources is not None:
        over["resources"] = version.resources
    if version.replicas is not None or version.scaling is not None:
        over |= {"replicas": version.replicas, "scaling": version.scaling}
    return spec.model_copy(update=over)


def _merged(ours: tuple[EnvVar, ...], theirs: tuple[EnvVar, ...]) -> tuple[EnvVar, ...]:
    """By name, each in the place that it had."""
    return tuple({each.name: each for each in (*ours, *theirs)}.values())


def _configured(config: Config, data: Mapping[str, str]) -> Config:
    """In every environment the version has the last word."""
    environments = {
        name: layer.model_copy(update={"data": {**layer.data, **data}})
        for name, layer in config.environments.items()
    }
    laid_under = {"data": {**config.data, **data}, "environments": environments}
    return config.model_copy(update=laid_under) if data else config
