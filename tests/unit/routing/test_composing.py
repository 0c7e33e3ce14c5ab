"""Who gets what of a host that several want: told by example; the laws are in `test_laws.py`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from microservice_operator.routing.claims import Claim, Site
from microservice_operator.routing.composing import Conflict, compose
from microservice_operator.routing.manifest import name, site_of, virtual_service
from tests.unit.routing.claimed import SITE, claim, names

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_longer_folder_comes_first_whoever_is_older() -> None:
    """Nobody shadows what is more particular."""
    result = compose(SITE, [claim("web", 1, "/", "/a"), claim("api", 2, "/a/b")], ())

    assert names(result) == ["api.a-b", "web.a", "web.all"]


def test_the_older_one_has_an_equal_match() -> None:
    """The other's remaining routes are served, and it is told who has the match."""
    result = compose(SITE, [claim("new", 2, "/a", "/c"), claim("old", 1, "/a")], ())

    assert names(result) == ["old.a", "new.c"]
    assert result.lost == {"uid-new": (Conflict("new.a", "old.a"),)}


def test_of_two_that_are_as_old_the_name_decides() -> None:
    """Each pass must come to the same end."""
    result = compose(SITE, [claim("b", 1, "/a"), claim("a", 1, "/a")], ())

    assert names(result) == ["a.a"]


def test_who_is_served_stays_served() -> None:
    """An old object that is edited today takes nothing from a younger one."""
    live = compose(SITE, [claim("young", 9, "/a")], ()).http

    result = compose(SITE, [claim("young", 9, "/a"), claim("old", 1, "/a")], live)

    assert names(result) == ["young.a"]
    assert set(result.lost) == {"uid-old"}


def test_who_wants_more_than_before_keeps_what_it_had() -> None:
    """But what is wholly live of another is not taken for it."""
    live = compose(SITE, [claim("young", 9, "/a", methods=["GET"])], ()).http
    wider = claim("young", 9, "/a", methods=["GET", "PUT"])

    assert names(compose(SITE, [wider, claim("old", 1, "/a", methods=["GET"])], live)) == [
        "young.a"
    ]

    both = [claim("young", 9, "/a", methods=["GET"]), claim("puts", 8, "/a", methods=["PUT"])]
    live = compose(SITE, both, ()).http
    assert names(compose(SITE, [wider, both[1]], live)) == ["puts.a"]


def test_what_is_told_of_a_conflict_does_not_change_while_nothing_does() -> None:
    """Who is served is asked before the others from then on: each status would be written anew."""
    methods = {"zoo": ["GET"], "mid": ["GET", "PUT"], "ape": ["PUT"]}
    wide = [claim(who, n, "/a", methods=methods[who]) for n, who in enumerate(methods, 1)]
    many = [claim("ape", 4, "/b", "/c", "/d"), claim("zoo", 5, "/d", "/b", "/e", "/c")]
    first = compose(SITE, [*wide, *many], ())

    assert names(first) == ["zoo.a", "ape.a", "ape.b", "ape.c", "ape.d", "zoo.e"]
    assert compose(SITE, [*wide, *many], first.http) == first
    assert first.lost["uid-mid"] == (Conflict("mid.a", "ape.a"),)
    assert [lost.rule for lost in first.lost["uid-zoo"]] == ["zoo.d", "zoo.b", "zoo.c"]


def test_a_second_look_serves_what_the_first_one_has() -> None:
    """Also where a Microservice has turned its own routes against each other."""
    live = compose(SITE, [claim("web", 1, "/a", methods=["PUT"])], ()).http
    [reads] = claim("web", 1, "/a/", methods=["GET"]).rules
    [all_of_it] = claim("web", 1, "/a", methods=["GET", "PUT"]).rules
    reads = replace(reads, name="web.reads", route={**reads.route, "name": "web.reads"})
    both = replace(claim("web", 1), rules=(reads, all_of_it))

    first = compose(SITE, [both], live)

    assert names(first) == ["web.a"]
    assert compose(SITE, [both], first.http) == first


def test_one_method_in_common_is_one_too_many() -> None:
    """The same path for other methods is another match."""
    gets = claim("gets", 1, "/a", methods=["GET"])

    assert names(compose(SITE, [gets, claim("puts", 2, "/a", methods=["PUT"])], ())) == [
        "gets.a",
        "puts.a",
    ]
    assert names(compose(SITE, [gets, claim("all", 2, "/a", methods=["GET", "PUT"])], ())) == [
        "gets.a"
    ]


def test_who_is_sent_to_https_is_told_from_all_others() -> None:
    """A route for those who ask by http stands before one for everybody, whoever is older."""
    sends = {"routes": [{"name": "all", "redirect": {"scheme": "https"}}]}
    web = claim("web", 1, "/", exposed={"httpsRedirect": True})

    result = compose(SITE, [web, claim("sends", 9, "/", exposed=sends)], ())
    other = compose(SITE, [web, claim("other", 9, "/")], ())

    assert names(result) == ["sends.all", "web.all", "web.all"]
    assert result.lost == {}
    assert other.lost == {"uid-other": (Conflict("other.all", "web.all"),)}


def test_where_something_is_public_an_equal_match_is_still_equal() -> None:
    """That such routes are for plain paths alone makes them neither others nor more particular."""
    keys = {"issuer": "https://idp.example", "jwksUri": "https://idp.example/keys"}
    token = {"auth": {**keys, "publicPaths": ["/a/x"]}}
    young = claim("young", 9, "/a", exposed=token)

    result = compose(SITE, [young, claim("old", 1, "/a")], ())

    assert names(result) == ["old.a"]
    assert result.lost == {"uid-young": (Conflict("young.a", "old.a"),)}


def test_a_carried_claim_is_as_it_was() -> None:
    """Its live entries stay, even such as nobody here would write, and hold their matches."""
    live = compose(SITE, [claim("web", 2, "/a")], ()).http
    strange = [*live, {"name": "web.x", "match": [{"uri": {"exact": "/x"}, "port": 1}]}, {}]
    carried = Claim(claim("web", 2).claimant, SITE, carried=True)

    result = compose(SITE, [carried, claim("old", 1, "/a", "/b")], strange)

    assert [strange[1], strange[0]] == [each for each in result.http if each in strange]
    assert names(result) == ["web.x", "old.b", "web.a"]
    assert result.lost == {"uid-old": (Conflict("old.a", "web.a"),)}


def test_a_rule_for_which_nobody_has_arrived_stays_as_it_was() -> None:
    """The others of the claim are as it wants them; where nothing is live there is nothing."""
    live = compose(SITE, [claim("web", 2, "/a", "/b")], ()).http
    waiting = replace(claim("web", 2, "/c"), kept=frozenset({"web.a", "web.d"}))

    result = compose(SITE, [waiting, claim("old", 1, "/a")], live)

    assert names(result) == ["web.a", "web.c"]
    assert result.lost == {"uid-old": (Conflict("old.a", "web.a"),)}
    assert compose(SITE, [waiting, claim("old", 1, "/a")], result.http) == result


def test_a_rule_that_waits_gives_way_to_its_own_claim() -> None:
    """Another route of the Microservice wants these requests now: that is what the spec says."""
    live = compose(SITE, [claim("web", 2, "/a")], ()).http
    routes = [{"name": "new", "match": {"path": {"prefix": "/a"}}}]
    wanted = replace(claim("web", 2, exposed={"routes": routes}), kept=frozenset({"web.a"}))

    result = compose(SITE, [wanted], live)

    assert (names(result), result.lost) == (["web.new"], {})


def test_claims_of_other_sites_do_not_count() -> None:
    """A host at another gateway is another site."""
    assert compose(Site("internal", "a.example"), [claim("web", 1, "/a")], ()).http == ()


def test_the_virtual_service_is_owned_by_all_who_have_rules_there() -> None:
    """It goes with the last of them, and tells which site it is for."""
    found = [claim("web", 1, "/a"), claim("api", 2, "/b")]
    owners = [each.claimant for each in found]

    manifest = virtual_service(SITE, "edge/public", compose(SITE, found, ()), owners)

    assert [each["name"] for each in manifest["metadata"]["ownerReferences"]] == ["web", "api"]
    assert not any("controller" in each for each in manifest["metadata"]["ownerReferences"])
    assert manifest["metadata"]["namespace"] == "shop"
    assert manifest["spec"]["hosts"] == ["a.example"]
    assert manifest["spec"]["gateways"] == ["edge/public"]
    assert site_of(manifest) == SITE
    assert site_of({"metadata": {"name": "somebody's"}}) is None


def test_a_site_has_a_name_of_its_own() -> None:
    """However long its host is."""
    sites = [
        Site("public", "*.shop.example"),
        Site("public", "wildcard.shop.example"),
        Site("public", f"{'a' * 60}.shop.example"),
        Site("public", f"{'a' * 60}.bank.example"),
        Site("internal", f"{'a' * 53}.shop.example"),
    ]

    found = [name(site) for site in sites]

    assert len(set(found)) == len(sites)
    assert found[0].startswith("wildcard.shop.example-public-")
    assert all(len(each) <= 63 for each in found)
    assert not any(".-" in each or "--" in each for each in found)


def test_what_others_want_is_taken_as_it_is() -> None:
    """A host of many is composed for each change of one: nothing is made anew, nor read in vain."""
    crowd = [claim(f"ms{number}", number % 28 + 1, f"/{number}") for number in range(50)]
    entries = {id(rule.route) for each in crowd for rule in each.rules}

    class Unread(list[Any]):
        """What is live, of which nobody should look at anything."""

        @override
        def __iter__(self) -> Iterator[Any]:
            raise AssertionError("nobody wants what another one has")

    result = compose(SITE, crowd, Unread())

    assert {id(entry) for entry in result.http} == entries


def test_hundreds_of_services_share_a_host_cheaply() -> None:
    """Less than a millisecond for each of them, however slow the machine; it takes 10 us."""
    crowd = [claim(f"ms{number}", number % 28 + 1, f"/{number}", "/b") for number in range(500)]
    began = time.process_time()

    result = compose(SITE, crowd, ())

    assert time.process_time() - began < 0.5
    assert len(result.http) == 501
    assert len(result.lost) == 499


def test_of_as_many_conditions_the_stronger_come_first() -> None:
    """An exact value before a prefix, a longer one, a regex, and mere presence."""
    kinds: list[dict[str, Any]] = [
        {"present": True},
        {"regex": "[a-z]+"},
        {"prefix": "a"},
        {"prefix": "ab"},
        {"exact": "abc"},
    ]
    crowd = [
        claim(f"ms{age}", age, "/a", headers=[{"name": "x-a", **kind}])
        for age, kind in enumerate(kinds, start=1)
    ]

    assert names(compose(SITE, crowd, ())) == [f"ms{age}.a" for age in (5, 4, 3, 2, 1)]


def test_of_routes_as_particular_the_elder_comes_first() -> None:
    """A request that both are for has one answer; of two that are as old the name decides."""
    crowd = [
        claim(who, age, "/a", headers=[{"name": header, "exact": "1"}])
        for who, age, header in (("a", 3, "x-a"), ("c", 2, "x-b"), ("b", 2, "x-c"))
    ]

    assert names(compose(SITE, crowd, ())) == ["b.a", "c.a", "a.a"]
