"""Who claims which host, and what has become of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from microservice_operator.engine.queue import Key
from microservice_operator.routing.holding import Host, Hosts
from microservice_operator.status import Answer, Trouble
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from microservice_operator.routing.claims import Claim, Site


class Claims:
    """The claims of all Microservices, and the answer that each of them got last."""

    def __init__(self) -> None:
        self._of: dict[Key, dict[Site, Claim]] = {}
        self._at: defaultdict[Host, dict[Key, Claim]] = defaultdict(dict)
        self._answers: defaultdict[Key, dict[Site, Answer]] = defaultdict(dict)
        self._unanswered: defaultdict[Key, set[Site]] = defaultdict(set)
        self._leaving: set[Key] = set()
        self._asking: set[Key] = set()
        self._lived: set[Host] = set()
        self.hosts = Hosts()

    def put(self, key: Key, claims: Iterable[Claim], *, leaving: bool = False) -> set[Host]:
        """These, and no others, are the claims of this Microservice from now on.

        Whoever says so asks `waits` before long, and is told of nothing until then.

        Returns:
            The hosts of which something else is wanted than before, or by somebody who leaves.
        """
        new = {claim.site: claim for claim in claims}
        old = self._of.get(key, {})
        departs = leaving is not (key in self._leaving)
        changed = {
            site for site in old.keys() | new.keys() if departs or old.get(site) != new.get(site)
        }
        self._leaving.add(key) if leaving else self._leaving.discard(key)
        self._asking.add(key) if new else self._asking.discard(key)
        for site in changed:
            self._set(key, site, new.get(site))
        if not new:
            self._answers.pop(key, None)
            self._unanswered.pop(key, None)
        return {Host.of(key.namespace, site) for site in changed}

    def drop(self, key: Key) -> set[Host]:
        """This Microservice is gone; the hosts that it wanted."""
        return self.put(key, ())

    def at(self, host: Host) -> list[Claim]:
        """Who wants this host, the eldest first."""
        claims = self._at.get(host, {}).values()
        return sorted(claims, key=lambda claim: claim.claimant)

    def count(self, host: Host) -> int:
        """How many want this host."""
        return len(self._at.get(host, ()))

    def is_leaving(self, claim: Claim) -> bool:
        """Whether it is on its way out and lets what it has go."""
        return _key(claim) in self._leaving

    def lives(self, host: Host, *, now: bool) -> None:
        """Something is live of this host, or is no more."""
        if now:
            self._lived.add(host)
            self.hosts.add(host)
        else:
            self._lived.discard(host)
            self._tidy(host)

    def everywhere(self) -> set[Host]:
        """All hosts that anybody wants or serves."""
        return {*self._at, *self._lived}

    def answer(self, host: Host, answers: Mapping[Key, Answer]) -> list[Key]:
        """What has become of the claims of this host.

        Returns:
            Those to whom this is news, or who have been waiting for it, unless they are to ask.
        """
        told = []
        for key, answer in answers.items():
            if host.site not in self._of.get(key, {}):
                continue
            waited = host.site in self._unanswered.get(key, ())
            news = waited or self._answers[key].get(host.site) != answer
            if news and key not in self._asking:
                told.append(key)
            self._unanswered[key].discard(host.site)
            self._answers[key][host.site] = answer
        return told

    def answers(self, key: Key) -> list[Answer]:
        """What has become of the claims of this Microservice, host by host."""
        answered, waiting = self._answers.get(key, {}), self._unanswered.get(key, ())
        return [
            _not_yet(site, answered.get(site, Answer())) if site in waiting else answered[site]
            for site in sorted(self.sites(key))
        ]

    def sites(self, key: Key) -> set[Site]:
        """What this Microservice claims."""
        return set(self._of.get(key, ()))

    def waits(self, key: Key) -> bool:
        """Whether something that it claims has no answer yet; of that it will be told."""
        self._asking.discard(key)
        return bool(self._unanswered.get(key))

    def _set(self, key: Key, site: Site, claim: Claim | None) -> None:
        host = Host.of(key.namespace, site)
        if claim is None:
            del self._of[key][site]
            del self._at[host][key]
            self._answers[key].pop(site, None)
            self._unanswered[key].discard(site)
            if not self._of[key]:
                del self._of[key]
            self._tidy(host)
            return
        self._of.setdefault(key, {})[site] = claim
        self._at[host][key] = claim
        self._unanswered[key].add(site)
        self.hosts.add(host)

    def _tidy(self, host: Host) -> None:
        if not self._at.get(host):
            self._at.pop(host, None)
            if host not in self._lived:
                self.hosts.discard(host)


def _not_yet(site: Site, before: Answer) -> Answer:
    """What was served goes on to be, but it is not what is wanted now."""
    what = "served as the spec says" if before.endpoint else "served"
    return Answer(before.endpoint, Trouble(Reason.SETTLING, f"{site.host} is about to be {what}."))


def _key(claim: Claim) -> Key:
    return Key(claim.claimant.namespace, claim.claimant.name)
