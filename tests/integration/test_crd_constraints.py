"""The API server and the models give the same verdict on every constraint of the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microservice_operator.api.crd import crd, schema
from tests.cluster import Cluster, wait_until
from tests.corpus.boundaries import Case, Place, cases, places
from tests.corpus.documents import Document, RuleCases, crons, document, full, rules
from tests.corpus.verdicts import refusal, rules_of, without_positions

PATH = "/apis/microservices.dev/v1alpha1/namespaces/default/microservices"
ODDITIES: tuple[object, ...] = (
    *(None, "", "a", "http", "0s", "5s", "1h1h", "99999h", "0", "50%", "100m", "1Mi", "1e1"),
    *("a/b", "A b", "a\n", "http\n", "x" * 300, "\u00e9", "\u0663", "metadata.labels['a b']"),
    *(0, 1, -1, 80, 9090, 70000, 2**31, True, False),
    *([], [None], ["a"], [{}], [{"name": "http"}], [{"name": "a", "port": 80}]),
    *({}, {"a": None}, {"a": "b"}, {"a": 1}, {"name": "a"}, {"app": "x"}, {"port": 80}),
)

Server = Callable[[Document], str | None]


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Server:
    """Why the server refuses a document, or None if it accepts it; nothing is stored."""

    def judge(body: Document) -> str | None:
        query = "?dryRun=All&fieldValidation=Strict"
        code, answer = cluster.api.request("POST", PATH + query, body)
        if code == 201:
            return None
        assert code in {400, 403, 409, 422}, answer
        causes = answer.get("details", {}).get("causes", ())
        told = [answer["message"], *(f"{cause['field']}: {cause['message']}" for cause in causes)]
        return without_positions("\n".join(told))

    return judge


@pytest.mark.parametrize("body", full())
def test_full_documents_are_accepted(server: Server, body: Document) -> None:
    """The boundary cases start from documents that are right."""
    assert server(body) is None


@pytest.mark.parametrize("case", rules(), ids=lambda case: f"{case.at} {case.says}")
def test_the_server_judges_rules_as_the_models_do(server: Server, case: RuleCases) -> None:
    """Each rule refuses what it should, at the field and with the words that it should."""
    for body in case.accepted:
        assert server(body) is None
    for body in case.refused:
        verdict = server(body) or "accepted"
        told = [line for line in verdict.splitlines()[1:] if line.startswith(f"{case.at}: ")]
        assert any(case.says in line for line in told), verdict


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_server_judges_bounds_as_the_models_do(server: Server, case: Case) -> None:
    """What is out of bounds is refused with words of what is allowed, all else by rules only."""
    verdict = server(case.document)
    assert not re.search(r"should match|evaluating rule", verdict or ""), "no regex, no failure"
    assert (verdict is None) == (refusal(case.document) is None), verdict
    if case.refusal:
        assert verdict is not None
        assert without_positions(case.refusal) in verdict
    elif verdict:
        assert any(message in verdict for _, message in rules_of(schema()))


def test_the_server_judges_cron_expressions_as_the_models_do(server: Server) -> None:
    """What is refused is refused in words, never with a regular expression."""
    for body, good in crons():
        verdict = server(body)
        assert (verdict is None) == good, body
        assert good or "must be a cron expression" in (verdict or ""), verdict


@given(place=st.sampled_from(places()), value=st.sampled_from(ODDITIES))
@settings(max_examples=400, database=None)
def test_server_and_models_agree_on_oddities(server: Server, place: Place, value: object) -> None:
    """Whatever stands wherever, there is one verdict."""
    if len(place.path) > 1:
        body = place.changed(value)
        assert (server(body) is None) == (refusal(body) is None), server(body)


def test_the_definition_is_established_and_structural(cluster: Cluster) -> None:
    """The server serves the type and has nothing to complain about."""
    found = cluster.get("crd", crd()["metadata"]["name"])
    assert found is not None
    conditions = {each["type"]: each["status"] for each in found["status"]["conditions"]}
    assert conditions["Established"] == "True"
    assert conditions.get("NonStructuralSchema", "False") == "False"


def test_the_stored_definition_is_ours(cluster: Cluster) -> None:
    """The server keeps every word of the schema: nothing was unknown to it."""
    found = cluster.get("crd", crd()["metadata"]["name"])
    assert found is not None
    [version] = found["spec"]["versions"]
    assert version["schema"]["openAPIV3Schema"] == schema()


def test_a_new_object_says_that_it_waits(cluster: Cluster, namespace: str) -> None:
    """From its first second an object is not ready, for whoever waits for it."""
    manifest = document({"image": "registry.example/orders:1.4.2"})
    path = f"/apis/microservices.dev/v1alpha1/namespaces/{namespace}/microservices"
    code, found = cluster.api.request("POST", path, manifest | {"metadata": {"name": "orders"}})
    assert code == 201, found
    assert found["spec"] == manifest["spec"]
    assert found["status"]["observedGeneration"] == -1
    [ready] = found["status"]["conditions"]
    assert (ready["type"], ready["status"], ready["reason"]) == ("Ready", "Unknown", "Waiting")
    table = cluster.kubectl("get", "msvc", "-n", namespace, "-o", "wide").stdout.splitlines()
    assert (
        " ".join(table[0].split()) == "NAME READY REASON PODS VERSION TRAFFIC AGE URL IMAGE MESSAGE"
    )


@pytest.mark.parametrize(
    ("first", "then"),
    [([{"name": "web", "port": 80}], []), ([], [{"name": "web", "port": 80}])],
    ids=["becomes a worker", "is one no longer"],
)
def test_a_worker_can_be_switched_by_server_side_apply(
    cluster: Cluster, namespace: str, first: list[object], then: list[object]
) -> None:
    """Merged by name, an empty list would vanish, and the built-in port would come instead."""
    for ports in (first, then):
        manifest = document({"image": "registry.example/orders:1.4.2", "ports": ports})
        manifest["metadata"] = {"name": "orders", "namespace": namespace}
        cluster.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(manifest))

    found = cluster.get("microservice", "orders", namespace)

    assert found is not None
    assert found["spec"]["ports"] == then


def test_the_object_scales(cluster: Cluster, namespace: str) -> None:
    """`kubectl scale` works on an object that never said how many pods it wants."""
    manifest = document({"image": "registry.example/orders:1.4.2"})
    cluster.apply(manifest | {"metadata": {"name": "orders", "namespace": namespace}})
    cluster.kubectl("scale", "msvc/orders", "-n", namespace, "--replicas=3")
    found = cluster.get("microservice", "orders", namespace)
    assert found is not None
    assert found["spec"]["replicas"] == 3


def test_objects_are_found_by_version(cluster: Cluster, namespace: str) -> None:
    """`spec.version` is a field that lists and watches can select by."""
    for name in ("v1", "v2"):
        manifest = document({"image": "registry.example/orders:1.4.2", "version": name})
        cluster.apply(manifest | {"metadata": {"name": name, "namespace": namespace}})
    only = ("get", "msvc", "-n", namespace, "--field-selector=spec.version=v2", "-o", "name")
    assert cluster.kubectl(*only).stdout.split() == ["microservice.microservices.dev/v2"]


def test_kubectl_explains_fields(cluster: Cluster) -> None:
    """A user learns from kubectl what a field means, what it may be and how it looks."""

    def explained() -> str:
        return cluster.kubectl("explain", "microservice.spec.ports", check=False).stdout

    page = " ".join(wait_until(explained, "the server to publish the schema").split())
    assert "port <integer> -required- Number that callers use, unique in the list." in page
    assert "Must be a whole number from 1 to 65535. Example: `80`." in page
    assert "enum: HTTP, HTTP2, GRPC, TCP" in page
