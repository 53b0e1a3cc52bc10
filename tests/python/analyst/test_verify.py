"""Properties of the rules: each holds of the rules as they are, and a planted violation of each is shown by a claim."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from claimlogic import InputError, KnowledgeBase
from claimlogic.analyst.verifying.properties import default_properties, read_properties, read_property
from claimlogic.analyst.verifying.steps import moves_lines
from claimlogic.analyst.verifying.verify import Outcome, Verifier
from claimlogic.cli.main import run
from claimlogic.knowledge.load import Knowledge, load_knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.store import PublishedFact
from claimlogic.terms import Atom

ROOT = Path(__file__).parent.parent.parent.parent
KB = ROOT / "kb"
NAMES = sorted(path.stem for path in default_properties().glob("*.lp"))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge(KB)


def planted(knowledge: Knowledge, rules: str) -> Knowledge:
    """The knowledge base with a few rules more, and what their rule `planted` says of itself."""
    first = max(rule.number for rule in knowledge.rules) + 1
    parsed = parse_rules(rules, "rules/planted.lp", first)
    card = Atom("rule", ("planted", "deny", '"a planted rule"'))
    facts = [PublishedFact(card, "rules/planted.lp", 1, "planted", "", "")]
    return replace(knowledge, rules=(*knowledge.rules, *parsed.rules), store=knowledge.store.with_facts(facts))


def outcome(knowledge: Knowledge, name: str, **changes: object) -> Outcome:
    (wanted,) = read_properties(default_properties(), (name,))
    return Verifier(knowledge).outcome(replace(wanted, **changes), seconds=60)


def test_the_six_properties_are_there() -> None:
    assert {
        "addon_can_be_paid",
        "modifier_makes_no_pair_denial",
        "one_line_alone",
        "one_verdict",
        "order_of_lines",
        "something_stands",
    } <= set(NAMES)


# ---- each holds, on a smaller bound than `kb verify` takes ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("modifier_makes_no_pair_denial", {"codes": 16}),
        ("one_line_alone", {"codes": 60}),
        ("one_verdict", {"codes": 60}),
        ("order_of_lines", {"codes": 10, "lines": 2}),
        ("something_stands", {"codes": 20, "lines": 2}),
    ],
)
def test_a_property_holds_of_the_rules_as_they_are(knowledge: Knowledge, name: str, bound: dict[str, int]) -> None:
    found = outcome(knowledge, name, **bound)
    assert found.holds, found


# ---- and is seen where it does not ----------------------------------------------------------------------------------


def test_a_pair_denial_that_a_modifier_makes_is_shown_by_two_claims(knowledge: Knowledge) -> None:
    rule = """
    finding(ncci_column_two, C, L, L') :- pair_on(C, L', L, not_specified), modifier(C, L, "50").
    finding(ncci_column_two, C, L, L') :- pair_on(C, L', L, with_modifier), modifier(C, L, "50").
    """
    found = outcome(planted(knowledge, rule), "modifier_makes_no_pair_denial", codes=16)
    assert found.counterexample is not None
    first, second = found.counterexample.told
    more = {
        (number, m)
        for number, (one, other) in enumerate(zip(first.claim.lines, second.claim.lines, strict=True), start=1)
        for m in set(other.modifiers) - set(one.modifiers)
    }
    assert [m for _, m in more] == ["50"]
    assert len(first.claim.lines) == 2, "a pair takes two lines"
    denied = [
        {f.rule for f in result.line(found.counterexample.line).findings} for result in found.counterexample.results
    ]
    assert "ncci_column_two" not in denied[0]
    assert "ncci_column_two" in denied[1]


def test_a_rule_that_looks_at_the_order_of_lines_is_shown_by_two_claims(knowledge: Knowledge) -> None:
    rule = "finding(planted, C, L, L') :- same_day(C, L, L'), L < L'."
    found = outcome(planted(knowledge, rule), "order_of_lines", codes=6)
    assert (found.lines, found.holds) == (1, False), "one line has no order"
    assert found.counterexample is not None
    one, other = found.counterexample.told
    assert [line.code for line in one.claim.lines] == [line.code for line in reversed(other.claim.lines)]
    against = [
        [line.line for line in result.lines if any(f.rule == "planted" for f in line.findings)]
        for result in found.counterexample.results
    ]
    assert against == [[1], [1]], "the rule speaks against the first line, whatever it is"


def test_a_circle_of_addons_keeps_no_line(knowledge: Knowledge) -> None:
    addon, parent = '"64480"', '"64484"'
    rows = [Atom("addon_parent", (one, other, 20190101, "#sup")) for one, other in ((addon, parent), (parent, addon))]
    facts = [PublishedFact(row, "planted.lp", 1, "planted", "", "") for row in rows]
    circle = replace(knowledge, store=knowledge.store.with_facts(facts))
    (wanted,) = read_properties(default_properties(), ("something_stands",))
    tried_first = f"{wanted.text}\nat_hand({addon}). at_hand({parent}).\n"
    found = Verifier(circle).outcome(replace(wanted, text=tried_first, codes=8, lines=2), seconds=60)
    assert found.counterexample is not None
    (told,) = found.counterexample.told
    assert sorted(line.code for line in told.claim.lines) == ["64480", "64484"]
    assert {line.verdict for line in found.counterexample.results[0].lines} == {"denied"}


def test_a_rule_that_denies_any_line_is_shown_by_one(knowledge: Knowledge) -> None:
    found = outcome(planted(knowledge, "finding(planted, C, L, L) :- line(C, L, _)."), "one_line_alone", codes=8)
    assert found.counterexample is not None
    (line,) = found.counterexample.results[0].lines
    assert line.verdict == "denied"
    assert "planted" in {f.rule for f in line.findings}


def test_an_exception_that_is_not_expected_is_a_counterexample(knowledge: Knowledge) -> None:
    (wanted,) = read_properties(default_properties(), ("one_line_alone",))
    text = wanted.text.replace("excepted(guidance_not_in_record).", "")
    found = Verifier(knowledge).outcome(replace(wanted, text=text, codes=60), seconds=60)
    assert found.counterexample is not None
    assert "guidance_not_in_record" in {f.rule for f in found.counterexample.results[0].lines[0].findings}


def test_a_line_that_is_both_denied_and_payable_is_shown(knowledge: Knowledge) -> None:
    twice = planted(knowledge, "surely_stands(C, L) :- line(C, L, _).")
    assert outcome(twice, "one_verdict", codes=8).holds is False


def test_a_line_of_which_nothing_is_said_is_shown(knowledge: Knowledge) -> None:
    unsaid = tuple(
        rule for rule in knowledge.rules if rule.head.predicate != "verdict" or "unsettled" not in rule.reads
    )
    assert len(unsaid) == len(knowledge.rules) - 1
    assert outcome(replace(knowledge, rules=unsaid), "one_verdict", codes=120).holds is False


def test_an_addon_that_no_claim_pays_is_named(knowledge: Knowledge, tmp_path: Path) -> None:
    # Of two add-ons, one is refused whatever stands beside it.
    text = (default_properties() / "addon_can_be_paid.lp").read_text(encoding="utf-8")
    file = tmp_path / "two_addons.lp"
    file.write_text(text.replace("wanted(Code) :-", "wanted(Code) :- two(Code),") + '\ntwo("64480"). two("64484").\n')
    rule = 'finding(planted, C, L, L) :- line(C, L, "64484").'
    found = Verifier(planted(knowledge, rule)).outcome(read_property(file), seconds=60)
    assert (found.codes, found.holds) == (("64484",), False)


# ---- how a property is written --------------------------------------------------------------------------------------


def test_every_expected_exception_has_a_source_that_is_known(knowledge: Knowledge) -> None:
    known = {str(row[0]) for row in knowledge.store.match("source", (None,) * 4)}
    for wanted in read_properties(default_properties()):
        assert {e.source for e in wanted.exceptions} <= known, wanted.name
        assert len(wanted.exceptions) == wanted.text.count("\nexcepted("), wanted.name


def test_a_property_says_its_form_and_its_exceptions_their_source(tmp_path: Path) -> None:
    file = tmp_path / "mine.lp"
    file.write_text("%%% A sentence\n%\n% Form      some claim\n% Source    a book\n\nbroken(0).\n")
    with pytest.raises(InputError, match="the form is one of: no claim; no two claims; for each code"):
        read_property(file)
    file.write_text("%%% A sentence\n%\n% Form      no claim\n% Source    a book\n\nbroken(0) :- .,\n")
    with pytest.raises(InputError, match="syntax error"):
        read_property(file)
    file.write_text('%%% A sentence\n%\n% Form      no claim\n% Source    a book\n\n#include "other.lp".\n')
    with pytest.raises(InputError, match="includes no file"):
        read_property(file)
    file.write_text("%%% A sentence\n%\n% Form      no claim\n% Source    a book\n\nexcepted(a).\n")
    with pytest.raises(InputError, match="under a `% @source`"):
        read_property(file)


def test_only_a_property_that_changes_nothing_but_the_lines_is_shown_rule_by_rule() -> None:
    moving = {wanted.name: moves_lines(wanted) for wanted in read_properties(default_properties())}
    assert [name for name, moves in moving.items() if moves] == ["order_of_lines"]


# ---- the command ----------------------------------------------------------------------------------------------------


def status_of(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    return int(ended.value.code or 0)


def test_the_command_tells_what_holds_and_shows_what_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = "% Form      no claim\n% Lines     1\n% Codes     30\n% Source    none\n"
    head = f"%%% No line is ever denied for the age\n%\n{fields}\n"
    (tmp_path / "never_age.lp").write_text(head + 'broken(L) :- finding(age_out_of_range, "c", L, _).\n')
    (tmp_path / "never_nothing.lp").write_text(head + 'broken(L) :- finding(no_such_rule, "c", L, _).\n')
    command = ["kb", "verify", "--properties", str(tmp_path)]
    assert status_of([*command, "never_nothing"]) == 0
    assert "✓ never_nothing: No line is ever denied for the age\n    holds up to 1 line" in capsys.readouterr().out
    assert status_of([*command, "--seconds", "0", "never_nothing"]) == 3
    assert "the time ran out" in capsys.readouterr().out
    assert status_of([*command, "--format", "json", "never_age"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["holds"], told["line"], len(told["claims"])) == (False, 1, 1)
    kb = KnowledgeBase(KB)
    file = tmp_path / "claim.json"
    file.write_text(json.dumps(told["claims"][0]["claim"]))
    (claim,) = kb.read(file)
    assert "age_out_of_range" in {f.rule for f in kb.check(claim).line(1).findings}


def test_a_property_that_there_is_not_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["kb", "verify", "order_of_line"]) == 2
    assert "did you mean order_of_lines?" in capsys.readouterr().err
