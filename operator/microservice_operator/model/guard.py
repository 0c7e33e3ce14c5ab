"""Whom the mesh lets in and out: by identity and by name, of which a network knows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.errors import Forbidden
from microservice_operator.model.admission import admissions, rule
from microservice_operator.model.auth import token_rules
from microservice_operator.model.gates import gate_rules, gates, guarded
from microservice_operator.model.guarded import Guard
from microservice_operator.model.reach import outside, reach
from microservice_operator.model.scraping import scraping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microservice_operator.api.spec import Spec
    from microservice_operator.model.admission import Admission
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.platform import Settings

SOMEBODY = {"key": "source.principal", "values": ["*"]}


def guard(app: App, spec: Spec, settings: Settings) -> Guard:
    """What the proxies of an app refuse; without a mesh there are none.

    Raises:
        Invalid: what is asked of callers from outside cannot be kept.
        Forbidden: it cannot be kept on this platform.
    """
    auths = [exposure.auth for exposure in app.exposures if exposure.auth]
    scraped = scraping(spec, app.ports, settings)
    plain = scraped and not scraped.account and app.mesh.mutual_tls == "STRICT"
    tokens, rules = token_rules(auths), _rules(app, spec, settings, plain=bool(plain))
    if not app.mesh.host:
        return Guard()
    _must_be_asked(app, settings)
    if scraped and rules is not None:
        rules = (*rules, scraped.rule)
    return Guard(
        rules=rules,
        plain=(scraped.port.target,) if scraped and plain else (),
        tokens=tokens,
        reach=reach(spec.calls, app, settings.mesh),
        outside=outside(spec.calls),
    )


def _must_be_asked(app: App, settings: Settings) -> None:
    """Look for tokens that nobody would ask for.

    What is served at a gateway that is known no more stays served, and by its account alone
    requests that need a token are told from others.

    Raises:
        Forbidden: the platform does not have the gateway.
    """
    for exposure in app.exposures:
        if exposure.auth and exposure.gateway not in settings.gateways:
            raise Forbidden(
                f"spec.exposure[{exposure.name}].auth: cannot be kept, because the platform has no "
                f"gateway '{exposure.gateway}' that would be asked for tokens; all stays as it is "
                "until the platform has that gateway, or the spec names another one"
            )


def _rules(app: App, spec: Spec, settings: Settings, *, plain: bool) -> tuple[Manifest, ...] | None:
    """Whom the pods answer, in one policy, so that no rule opens what another closes.

    None means anybody. What comes through a gateway is judged by the rules of the gateway alone.
    Where a port hears `plain` text for the sake of metrics, all others still must be somebody.
    """
    found = gates(app, settings)
    closed = guarded(found)
    if spec.allow_from is None:
        if not closed and not plain:
            return None
        through = [each for account in closed for each in gate_rules(account, found[account], ())]
        source = {"notServiceAccounts": closed} if closed else {}
        return (rule(source, {}, *([SOMEBODY] if plain else [])), *through)
    admitted = admissions(spec.allow_from, app, settings)
    inside = [each for each in admitted if each.account not in found]
    through = [each for one in found for each in gate_rules(one, found[one], admitted)]
    return (*_callers(inside, [*found]), *through)


def _callers(admitted: Sequence[Admission], found: Sequence[str]) -> list[Manifest]:
    """Callers inside; where a whole namespace may call, the gateways in it are none of them."""
    return [rule(each.source, each.limit.operation, *_besides(each, found)) for each in admitted]


def _besides(admission: Admission, found: Sequence[str]) -> list[Manifest]:
    there = [each for each in found if each.startswith(f"{admission.namespace}/")]
    if not admission.namespace or not there:
        return []
    return [{"key": "source.serviceAccount", "notValues": there}]
