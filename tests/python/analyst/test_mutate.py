"""kb mutate and kb cover: what changes of a rule are tried, and which of them the tests notice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from claimlogic.analyst.cases import read_cases
from claimlogic.analyst.models import Laboratory, held_against
from claimlogic.analyst.mutants import mutants
from claimlogic.analyst.mutation import mutate
from claimlogic.cli.analyst import mutate_command
from claimlogic.errors import InputError
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.vocabulary import Vocabulary, vocabulary_of
from claimlogic.reports.lint_mutation import mutation_json, mutation_junit, mutation_text
from claimlogic.solving.by_clingo import solve
from claimlogic.solving.judge import SHOWN

from .conftest import ROOT, copied

TESTS = ("rules/ncci/column_two.lp", "rules/includes_guidance.lp", "disputes/x01_article.lp")


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return vocabulary_of(ROOT / "kb")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("small"), TESTS)


def tried(rule_text: str, words: Vocabulary) -> set[str]:
    rules = parse_rules(rule_text, "x.lp").rules
    return {m.words for m in mutants(rules[0], rules, words)}


def test_conditions_are_dropped_flipped_and_shifted(words: Vocabulary) -> None:
    text = "over(C, L) :- units(C, L, N), not addon_on(C, L, _), 3 < N, form(C, professional)."
    assert tried(text, words) == {
        "without this rule",
        "without `not addon_on(C, L, _)`",
        "with `addon_on(C, L, _)` in the place of `not addon_on(C, L, _)`",
        "without `3 < N`",
        "with `3 <= N` in the place of `3 < N`",
        "with `4 < N` in the place of `3 < N`",
        "without `form(C, professional)`",
        "with `form(C, institutional)` in the place of `form(C, professional)`",
    }


def test_a_change_that_unbinds_the_label_is_left_to_lint(words: Vocabulary) -> None:
    labelled = '% @label("line {}: {}", (L, N))\nover(C, L) :- line(C, L, _), units(C, L, N).'
    assert tried(labelled, words) == {"without this rule", "without `line(C, L, _)`"}


def test_an_aggregate_is_shifted_and_dropped(words: Vocabulary) -> None:
    text = "over(C, L) :- line(C, L, _), day_limit(C, L, Max, 2), Max < #sum { N, L' : units(C, L', N) }."
    found = tried(text, words)
    assert "without `#sum { N, L' : units(C, L', N) } > Max`" in found
    assert any(">= Max` in the place of" in w for w in found)


def test_a_condition_that_follows_from_the_others_is_marked(words: Vocabulary) -> None:
    text = (
        "top(C, L) :- line(C, L, _), middle(C, L).\nmiddle(C, L) :- line(C, L, Code), addon_on(C, L, _), "
        "code(Code, _, _, _).\nother(C, L) :- line(C, L, _), modifier(C, L, M), ptp_modifier(M, _, _).\n"
        "last(C, L) :- line(C, L, _), guides_on(C, L, _)."
    )
    rules = parse_rules(text, "x.lp").rules
    equal = {(r.head.predicate, m.words) for r in rules for m in mutants(r, rules, words) if m.equal}
    assert equal == {("top", "without `line(C, L, _)`"), ("other", "without `line(C, L, _)`")}


def test_solving_above_a_rule_is_solving_all(small: Path) -> None:
    knowledge = load_knowledge(small)
    laboratory = Laboratory(knowledge)
    names = {name for name, _ in SHOWN}
    for case in read_cases(small, knowledge):
        model = laboratory.model(case)
        facts = [a for predicate in model.given.predicates for a in model.given.of(predicate)]
        for rule in laboratory.rules[::79]:
            for instead in (None, *(m.instead for m in mutants(rule, knowledge.rules, knowledge.vocabulary))):
                rules = [instead if r.number == rule.number else r for r in laboratory.rules]
                whole = solve(facts, [r for r in rules if r is not None], (), SHOWN)
                heads = {} if instead is None else held_against(model, [instead])
                claims = laboratory.changed(model, rule, heads.get(0, frozenset()))
                found = laboratory.answer(model, rule, instead, claims).atoms
                assert {a for a in found if a.predicate in names} == whole.atoms


def test_a_survivor_is_a_sentence_and_a_noticed_change_names_its_test(small: Path) -> None:
    report = mutate(small, "ncci_column_two", seconds=0, processes=1)
    found = {(o.file, o.words): o for o in report.outcomes}
    removed = [o for (file, words), o in found.items() if file.startswith("rules/") and words == "without this rule"]
    assert [o.noticed_by for o in removed] == ["rules/ncci/column_two.lp"]
    assert all(o.sentence.startswith("without") or o.sentence.startswith("with") for o in report.survivors)
    assert 50 < report.score <= 100
    assert json.loads(mutation_json(report))["counted"] == len(report.counted)


def test_the_command_ends_with_one_below_its_minimum(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutate_command(small, "includes_guidance", "text", 100.1, seconds=0) == 1
    assert "changes are noticed" in capsys.readouterr().out
    with pytest.raises(InputError, match="no rule nothing"):
        mutate_command(small, "nothing", "text", None)


def test_a_sample_is_the_same_each_time_and_part_of_the_whole(small: Path) -> None:
    whole = {(o.file, o.line, o.words) for o in mutate(small, "includes_guidance", seconds=0, processes=1).outcomes}
    once = [
        (o.file, o.line, o.words) for o in mutate(small, "includes_guidance", sample=4, seconds=0, processes=1).outcomes
    ]
    again = [
        (o.file, o.line, o.words) for o in mutate(small, "includes_guidance", sample=4, seconds=0, processes=2).outcomes
    ]
    assert once == again
    assert len(once) == 4 < len(whole)
    assert set(once) < whole


def test_a_survivor_is_a_failed_case_of_junit(small: Path) -> None:
    report = mutate(small, "payers/example_health_plan.lp", seconds=0, processes=1)
    suite = ElementTree.fromstring(mutation_junit(report).encode("utf-8")).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == (str(len(report.counted)), str(len(report.survivors)))
    assert len(report.survivors) == len(report.counted) > 0  # No test of the overlay is among the three.


def test_a_changed_rule_tells_its_sentence_in_the_values_of_the_old_one(tmp_path: Path) -> None:
    """Without a condition a rule has fewer variables: what it says must not slip from one to the other."""
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "kb", folder, ignore=shutil.ignore_patterns("*.tsv", "*.xz"))
    test = tmp_path / "tests" / "rules" / "age" / "out_of_range.lp"
    test.parent.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "rules" / "age" / "out_of_range.lp", test)
    knowledge = load_knowledge(folder)
    laboratory = Laboratory(knowledge)
    (case,) = read_cases(folder, knowledge)
    model = laboratory.model(case)
    rule = next(r for r in laboratory.rules if r.head.predicate == "finding" and "has_age_twin" in r.text)
    found = {m.words: m.instead for m in mutants(rule, knowledge.rules, knowledge.vocabulary)}
    assert case.differences(laboratory.answer(model, rule, rule, model.claims)) == []
    words = case.differences(laboratory.answer(model, rule, found["without `not has_age_twin(C, L)`"], model.claims))
    assert any('and this one is 5", and not "the code for this age is 36556"' in w for w in words)


def test_a_survivor_that_no_claim_tells_apart_is_listed_and_not_counted(small: Path) -> None:
    """`parted_by` asks for a modifier that the line carries, so that `column_two_only_on` need not ask it again."""
    report = mutate(small, "column_two_only_on", seconds=120, processes=1)
    found = {o.words: o for o in report.outcomes}
    equal = found["without `modifier(C, L, M)`"]
    assert equal.equal.startswith("no claim of up to 3 lines")
    assert equal in report.equal
    assert equal not in report.counted
    assert f"  {equal.sentence}" in mutation_text(report)


def test_a_survivor_that_a_claim_tells_apart_comes_with_the_claim(small: Path) -> None:
    """No test of age is among the three: the smallest claim is one line and an age."""
    report = mutate(small, "age_missed", seconds=120, processes=1)
    removed = [o for o in report.survivors if o.words == "without this rule"]
    assert len(removed) == 2
    for outcome in removed:
        assert "patient_age" in outcome.witness
        assert "this claim would tell:" in mutation_text(report)
