"""What the platform gives by its defaults, beside what it forbids."""

from __future__ import annotations

import pytest

from microservice_operator.model import understand
from microservice_operator.platform import settings
from tests import apps
from tests.unit.model.tenants import TOLERATES_ALL, Spec, refusal

DEFAULTS: Spec = {
    "serviceAccountName": "runner",
    "imagePullSecrets": [{"name": "registry"}],
    "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "shared", "key": "public"}}}],
    "placement": {"tolerations": [TOLERATES_ALL], "priorityClassName": "normal"},
}
STRICT: Spec = {"secrets": [], "tolerations": [], "priorityClasses": []}


def test_what_the_platform_gives_is_never_forbidden() -> None:
    """Neither where the spec is silent, nor where it repeats what it would get anyway."""
    app = understand(apps.body(), settings({"tenancy": STRICT, "defaults": DEFAULTS}))

    assert app.identity.name == "runner"
    assert app.placement.tolerations == (TOLERATES_ALL,)
    assert not refusal(STRICT, DEFAULTS, **DEFAULTS)


@pytest.mark.parametrize(
    "spec",
    [
        {"mounts": [{"name": "a", "path": "/a", "secret": "registry"}]},
        {"envFrom": [{"secretRef": {"name": "shared"}}]},
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "shared", "key": "b"}}}]},
        {"serviceAccountName": "registry"},
        {"placement": {"priorityClassName": "runner"}},
    ],
    ids=["pulled with", "whole", "another key", "of another kind", "of a third kind"],
)
def test_what_the_platform_gives_one_way_is_not_open_in_another(spec: Spec) -> None:
    """A Secret to pull images with is none that a container may read."""
    assert refusal(STRICT, DEFAULTS, **spec)


def test_nobody_slips_into_a_container_that_the_platform_gives_a_secret() -> None:
    """With another image in it, the Secret would be the user's; as it is, it may be repeated."""
    proxy: Spec = {
        "name": "proxy",
        "image": "platform/proxy:1",
        "envFrom": [{"secretRef": {"name": "upstream"}}],
    }
    logger = {"name": "logger", "image": "platform/logger:1"}
    defaults = {"sidecars": [proxy, logger]}

    told = refusal(STRICT, defaults, sidecars=[logger, {"name": "proxy", "image": "other"}])

    assert told.startswith(
        "spec.sidecars[1]: a Secret of the platform's container it changes: must not be 'upstream';"
    )
    assert not refusal(STRICT, defaults, sidecars=[proxy, {"name": "logger", "image": "other"}])
    assert not refusal({"secrets": ["up*"]}, defaults, sidecars=[{**proxy, "image": "other"}])
    assert not refusal(STRICT, defaults, sidecars=[{"name": "mine", "image": "a"}])
