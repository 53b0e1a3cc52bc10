"""The semantic difference of two versions: identical meaning has no witness, every other edit a smallest one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from claimlogic import KnowledgeBase
from claimlogic.analyst.witness.claims import claim_yaml
from claimlogic.analyst.witness.domains import Bound
from claimlogic.analyst.witness.equal import Equal, Twins, Unknown
from claimlogic.analyst.witness.witness import Comparison, Witness, compare_knowledge
from claimlogic.cli.main import run
from claimlogic.knowledge.load import Knowledge, load_knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.store import PublishedFact
from claimlogic.search.program import query_text
from claimlogic.terms import Atom

ROOT = Path(__file__).parent.parent.parent.parent
KB = ROOT / "kb"
SMALL = Bound(lines=2, codes=24)
THREE = Bound(lines=3, codes=24)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge(KB)


def edited(knowledge: Knowledge, file: str, old: str, new: str) -> Knowledge:
    """The knowledge base with a piece of one of its files replaced, in memory."""
    text = (KB / file).read_text(encoding="utf-8")
    assert old in text, f"{file} no longer holds {old}"
    first = max(rule.number for rule in knowledge.rules) + 1
    others = [rule for rule in knowledge.rules if rule.file != file]
    return replace(knowledge, rules=(*others, *parse_rules(text.replace(old, new, 1), file, first).rules))


def with_facts(knowledge: Knowledge, atoms: Sequence[Atom]) -> Knowledge:
    added = [PublishedFact(atom, "added.lp", 1, "added", "", "") for atom in atoms]
    return replace(knowledge, store=knowledge.store.with_facts(added))


def with_rules(knowledge: Knowledge, text: str, file: str) -> Knowledge:
    first = max(rule.number for rule in knowledge.rules) + 1
    return replace(knowledge, rules=(*knowledge.rules, *parse_rules(text, file, first).rules))


def difference(base: Knowledge, draft: Knowledge, facts: Sequence[Atom] = (), bound: Bound = SMALL) -> Comparison:
    return compare_knowledge(base, draft, facts, bound, seconds=60)


def only(found: Comparison, rule: str) -> Witness:
    (witness,) = [w for w in found.witnesses if w.rule == rule]
    return witness


def rules_on_line_1(witness: Witness) -> tuple[set[str], set[str]]:
    """What stands against line 1, in the base and in the draft."""
    base, draft = (
        {f.rule for f in result.line(1).findings if not f.waived_by} for result in (witness.base, witness.draft)
    )
    return base, draft


# ---- the same meaning -----------------------------------------------------------------------------------------------


def test_a_version_does_not_differ_from_itself(knowledge: Knowledge) -> None:
    found = difference(knowledge, knowledge)
    assert (found.changed, found.witnesses, found.finished) == ((), (), True)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("paired.lp", "%%% Whether NCCI joins", "% Another comment\n%%% Whether NCCI joins"),
        ("paired.lp", "paired(C, L, L') :- pair_on(C, L, L', never).", "paired(X, Y, Z) :-\n pair_on(X, Y, Z, never)."),
        (
            "rules/includes_guidance.lp",
            "line(C, L, Code), guides_on(C, L, _),",
            "guides_on(C, L, _), line(C, L, Code),",
        ),
        (
            "rules/units/over_mue.lp",
            "{ N, Where, K : counted(C, L, Where, K, N) }",
            "{ A, B, D : counted(C, L, B, D, A) }",
        ),
    ],
    ids=["a comment", "names of variables", "order of conditions", "names inside a sum"],
)
def test_layout_names_and_order_are_no_difference(knowledge: Knowledge, file: str, old: str, new: str) -> None:
    found = difference(knowledge, edited(knowledge, file, old, new))
    assert (found.changed, found.witnesses, found.finished) == ((), (), True)


def test_swapped_variables_are_a_difference_in_the_text(knowledge: Knowledge) -> None:
    # paired(C, L, L') with the two lines the other way round: the same conditions, another meaning.
    draft = edited(
        knowledge,
        "paired.lp",
        "paired(C, L, L') :- pair_on(C, L, L', never).",
        "paired(C, L, L') :- pair_on(C, L', L, never).",
    )
    assert "paired" in difference(knowledge, draft, bound=Bound(lines=1)).changed


def test_a_condition_that_follows_from_the_others_changes_nothing_within_the_bound(knowledge: Knowledge) -> None:
    # Lines of one day are different lines already (on_the_day.lp), so the added condition is idle.
    draft = edited(knowledge, "rules/includes_guidance.lp", "same_day(C, L, L'),", "same_day(C, L, L'), L != L',")
    found = difference(knowledge, draft, bound=THREE)
    assert found.changed == ("finding__includes_guidance",)
    assert (found.witnesses, found.finished, found.lines) == ((), True, 3)


def test_another_title_or_label_is_no_difference(knowledge: Knowledge) -> None:
    title = Atom("rule", ("age_out_of_range", "deny", '"another title"'))
    draft = with_facts(knowledge, [title])
    old = Atom("rule", ("age_out_of_range", "deny", '"the code is for patients of another age"'))
    assert knowledge.store.match("rule", old.arguments), "the title in the rule's file"
    assert difference(knowledge, draft, [old, title]).changed == ()


# ---- a rule that says something else --------------------------------------------------------------------------------


def test_a_deleted_rule_is_shown_by_one_line(knowledge: Knowledge) -> None:
    # An age is the claim's and a range is the code's, so one line is enough.
    file = "rules/age/out_of_range.lp"
    draft = replace(knowledge, rules=tuple(rule for rule in knowledge.rules if rule.file != file))
    witness = only(difference(knowledge, draft), "age_out_of_range")
    assert (len(witness.told.claim.lines), witness.lines, witness.gained) == (1, 0, False)
    assert rules_on_line_1(witness)[0] - rules_on_line_1(witness)[1] == {"age_out_of_range"}
    assert any(place.startswith(file) for place in witness.clauses)


def test_a_dropped_condition_is_shown_by_one_line(knowledge: Knowledge) -> None:
    # `required_missing` leaves the signed report to a rule of its own; without that exception both speak.
    draft = edited(knowledge, "rules/documentation/required_missing.lp", ", Item != signed_report.", ".")
    found = difference(knowledge, draft)
    witness = only(found, "documentation_required_missing")
    assert (len(witness.told.claim.lines), witness.gained) == (1, True)
    assert witness.told.claim.lines[0].undocumented == ("signed_report",)
    assert [e.way for e in found.equalities if e.rule == witness.rule] == ["lost"], (
        "the draft finds all that the base does"
    )


def test_a_flipped_not_is_shown_by_two_lines_in_both_ways(knowledge: Knowledge) -> None:
    # Guidance and a procedure that includes it are two lines; whether the guidance is served decides.
    draft = edited(knowledge, "rules/includes_guidance.lp", "not guidance_served(C, L)", "guidance_served(C, L)")
    found = [w for w in difference(knowledge, draft).witnesses if w.rule == "includes_guidance"]
    assert {(w.gained, len(w.told.claim.lines), w.lines) for w in found} == {(False, 2, 1), (True, 2, 1)}


def test_a_limit_that_is_one_unit_lower_is_shown_by_just_so_many_units(knowledge: Knowledge) -> None:
    draft = edited(knowledge, "rules/units/over_mue.lp", "Max <", "Max <=")
    witness = only(difference(knowledge, draft), "units_over_mue")
    (line,) = witness.told.claim.lines
    limits = {row[2] for row in knowledge.store.match("mue", (None, f'"{line.code}"', None, 2, None, None))}
    assert witness.gained
    assert line.units in limits


def test_a_procedure_for_each_needle_is_shown_by_three_lines(knowledge: Knowledge) -> None:
    # Two guidance lines and the one procedure that both serve: with `P != P'` gone it counts as one for each.
    draft = edited(knowledge, "one_needle.lp", "serves(C, L', P'), P != P'.", "serves(C, L', P').")
    witness = next(
        w
        for w in difference(knowledge, draft, bound=THREE).witnesses
        if w.rule.startswith("modality_two_for_one_needle")
    )
    assert (len(witness.told.claim.lines), witness.lines, witness.gained) == (3, 2, False)


# ---- facts that say something else ----------------------------------------------------------------------------------


def test_a_parent_that_begins_a_day_later_is_shown_on_that_day(knowledge: Knowledge) -> None:
    # The parent may stand on another claim of the same day, so one line is enough.
    old = Atom("addon_parent", ('"64480"', '"64479"', *first_days(knowledge, "64480", "64479")))
    begins = int(old.arguments[2])
    later = Atom("addon_parent", (*old.arguments[:2], begins + 1, old.arguments[3]))
    found = difference(knowledge, with_facts(knowledge, [later]), [old, later], Bound(lines=1, codes=8))
    assert found.changed == ("addon_parent",)
    witness = found.witnesses[0]
    assert (len(witness.told.claim.lines), witness.told.claim.lines[0].code) == (1, "64480")
    assert {line.date for line in witness.told.claim.lines} == {begins}
    assert [other.code for other in witness.told.claim.elsewhere] == ["64479"]


def first_days(knowledge: Knowledge, addon: str, parent: str) -> tuple[int | str, int | str]:
    (row,) = knowledge.store.match("addon_parent", (f'"{addon}"', f'"{parent}"', None, None))
    return row[2], row[3]


OVERLAY = """
waived(includes_guidance, C, L, L') :- payer(C, plan), setting(C, office), plan_pays_on(C, L, L').
waived(ncci_column_two, C, L, L') :- payer(C, plan), setting(C, office), plan_pays_on(C, L, L').
waived(addon_orphaned, C, L, L) :- payer(C, plan), setting(C, office), plan_pays_on(C, L, _).
"""


def test_an_overlay_is_shown_by_the_two_lines_that_it_is_about(knowledge: Knowledge) -> None:
    pays = Atom("plan_pays", ("plan", '"77002"', '"20611"', 20260101, "#sup"))
    found = difference(knowledge, with_rules(with_facts(knowledge, [pays]), OVERLAY, "payers/plan.lp"), [pays])
    assert found.witnesses
    for witness in found.witnesses:
        claim = witness.told.claim
        assert sorted(line.code for line in claim.lines) == ["20611", "77002"]
        assert claim.payer == "plan"
        assert (claim.setting or claim.place_of_service) in ("office", "11")
        assert min(line.date for line in claim.lines) >= 20260101
        assert (witness.base.line(1).verdict, witness.draft.line(1).verdict) == ("denied", "payable")
    assert {rule for w in found.witnesses for rule, _ in w.shows} == {"includes_guidance", "ncci_column_two"}


# ---- what is shown --------------------------------------------------------------------------------------------------


def test_a_witness_is_a_claim_that_check_reads_and_judges_so(knowledge: Knowledge, tmp_path: Path) -> None:
    draft = edited(
        knowledge, "rules/ncci/column_two.lp", "pair_on(C, L', L, never),", "pair_on(C, L', L, never), L < 0,"
    )
    witness = only(difference(knowledge, draft), "ncci_column_two")
    file = tmp_path / "witness.yaml"
    file.write_text(claim_yaml(witness.told.claim), encoding="utf-8")
    kb = KnowledgeBase(KB)
    (claim,) = kb.read(file)
    assert claim == witness.told.claim
    assert kb.check(claim).lines == witness.base.lines
    assert len(claim.lines) == 2


def test_what_every_claim_may_say_is_chosen_by_the_search(knowledge: Knowledge) -> None:
    text = query_text("witness")
    given = {p.name for p in knowledge.vocabulary.predicates.values() if "claim" in p.givers} - {"day"}
    chosen = {name for name in given if re.search(rf"(^|\{{ ){name}\(", text, re.MULTILINE)}
    assert chosen == given, "queries/witness.lp must choose each of them"


def test_a_search_without_time_says_so(knowledge: Knowledge) -> None:
    draft = edited(knowledge, "rules/includes_guidance.lp", "same_day(C, L, L'),", "same_day(C, L, L'), L != L',")
    found = compare_knowledge(knowledge, draft, (), SMALL, seconds=0)
    assert (found.witnesses, found.finished, found.lines) == ((), False, 0)


# ---- for mutation testing -------------------------------------------------------------------------------------------


def rule_at(knowledge: Knowledge, file: str, part: str) -> Rule:
    return next(rule for rule in knowledge.rules if rule.file == file and part in rule.text)


def without(rule: Rule, condition: str) -> Rule:
    assert condition in rule.text
    (changed,) = parse_rules(rule.text.replace(condition, ""), rule.file).rules
    return replace(changed, number=rule.number, line=rule.line, label=rule.label)


def test_a_mutant_is_equal_or_has_a_witness_or_neither_is_known(knowledge: Knowledge) -> None:
    twins = Twins(knowledge)
    # Whom the plan pays is asked once more by plan_pays_on, which only one payer has.
    idle = rule_at(knowledge, "payers/example_health_plan.lp", "waived(ncci_column_two")
    same = twins.equal_within(idle, without(idle, "payer(C, example_health_plan), "), SMALL, 30)
    assert same == Equal(lines=2)
    age = rule_at(knowledge, "rules/age/out_of_range.lp", "age_twin(Code, Other)")
    assert isinstance(twins.equal_within(age, None, SMALL, 30), Witness)
    assert twins.equal_within(age, None, SMALL, 0) == Unknown(0)


# ---- the command ----------------------------------------------------------------------------------------------------


def status_of(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    return int(ended.value.code or 0)


def test_the_command_shows_the_claim_with_both_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = shutil.copytree(KB, tmp_path / "draft")
    assert status_of(["kb", "witness", str(KB), str(draft)]) == 0
    assert "No rule and no fact differs" in capsys.readouterr().out
    file = draft / "rules" / "units" / "over_mue.lp"
    file.write_text(file.read_text().replace("Max <", "Max <="), encoding="utf-8")
    assert status_of(["kb", "witness", str(KB), str(draft), "--lines", "2"]) == 1
    told = capsys.readouterr().out
    assert "units_over_mue: stands on line 1 in the draft, not in the base [rules/units/over_mue.lp:" in told
    assert re.search(r"^  draft  1  \w{5}  ✗ denied$", told, re.MULTILINE)
    assert "Wherever the base has units_over_mue, the draft has it too: no claim of up to 2 lines" in told
    assert status_of(["kb", "witness", str(KB), str(draft), "--lines", "1", "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["witnesses"]
    assert (found["rule"], found["gained"], len(found["claim"]["lines"])) == ("units_over_mue", True, 1)


def test_a_version_that_there_is_not_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["kb", "witness", "no_such_version", str(KB)]) == 2
    assert "no_such_version" in capsys.readouterr().err
