"""The models judge the corpus as it says; that the server agrees is an integration test."""

from __future__ import annotations

import pytest

from microservice_operator.api.crd import schema
from tests.corpus.boundaries import Case, cases, places, schema_paths
from tests.corpus.documents import Document, RuleCases, crons, full, rules
from tests.corpus.verdicts import refusal, rules_of


def test_every_rule_has_cases_for_both_verdicts() -> None:
    """A rule that nothing tries could say anything."""
    cases = rules()
    for at, message in rules_of(schema()):
        matching = [case for case in cases if case.at == at and message.startswith(case.says)]
        assert len(matching) == 1, f"tests/corpus/rules.yaml needs one entry for {at}: {message}"
        assert matching[0].accepted
        assert matching[0].refused


def test_every_entry_of_the_corpus_is_about_a_rule() -> None:
    """An entry about a rule that is gone tests nothing."""
    known = list(rules_of(schema()))
    for case in rules():
        assert any(at == case.at and says.startswith(case.says) for at, says in known), case.says


def test_the_full_documents_name_every_field() -> None:
    """A field that no document names has no boundary cases."""
    named = {place.at for place in places()}
    assert set(schema_paths(schema()["properties"]["spec"], "spec")) == named


@pytest.mark.parametrize("document", full())
def test_full_documents_are_accepted(document: Document) -> None:
    """The boundary cases start from documents that are right."""
    assert refusal(document) is None


@pytest.mark.parametrize("case", rules(), ids=lambda case: f"{case.at} {case.says}")
def test_models_judge_rules_as_the_corpus_says(case: RuleCases) -> None:
    """A rule refuses what it should, at the field and in the words that users will read."""
    for document in case.accepted:
        assert refusal(document) is None
    for document in case.refused:
        assert f"{case.at}: {case.says}" in (refusal(document) or "accepted")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_models_judge_bounds_as_the_schema_says(case: Case) -> None:
    """What is out of bounds is refused at its field; what is in bounds only by a rule."""
    verdict = refusal(case.document)
    if case.refusal:
        assert verdict is not None
        assert case.at.partition("{}")[0] in verdict
    elif verdict:
        assert any(f"{at}: {message}" in verdict for at, message in rules_of(schema()))


@pytest.mark.parametrize(("document", "good"), crons())
def test_models_judge_cron_expressions_as_the_corpus_says(
    document: Document, *, good: bool
) -> None:
    """What is refused is refused in words, never with a regular expression."""
    verdict = refusal(document)

    assert (verdict is None) == good
    assert good or "must be a cron expression of five fields" in (verdict or "")
