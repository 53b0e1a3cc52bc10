"""What must always hold of an answer, whatever the claim."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.missing_facts import Without

from claimlogic import InputError, KnowledgeBase
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, Line
from claimlogic.proofs.build import build_proof
from claimlogic.proofs.check import check_proof
from claimlogic.proofs.model import Holds, Proof
from claimlogic.reports.check_json import check_json
from claimlogic.solving.answer import concluded
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import Atom

ROOT = Path(__file__).parent.parent.parent
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Codes that bear on each other: guidance, what takes it, what includes it, twins, levels.
CODES = [
    *("77001", "77002", "77003", "76000", "77012", "76942", "62323", "62322", "62273", "20610", "20611"),
    *("36556", "36573", "36569", "64490", "64491", "21550", "20206", "44500", "74340", "71045", "27096"),
]
MODIFIERS = ["26", "59", "XS", "RT", "LT", "TC", "50", "51"]
DAYS = [20240701, 20240815, 20250314]


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@st.composite
def lines(draw: st.DrawFn, number: int) -> Line:
    return Line(
        number=number,
        code=draw(st.sampled_from(CODES)),
        units=draw(st.integers(1, 3)),
        date=draw(st.sampled_from(DAYS)),
        modifiers=tuple(draw(st.lists(st.sampled_from(MODIFIERS), max_size=2, unique=True))),
        documented=tuple(draw(st.sets(st.sampled_from(["signed_report", "separate_site"])))),
    )


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    count = draw(st.integers(1, 4))
    form, setting, bill_type = draw(
        st.sampled_from(
            [
                ("professional", "office", None),
                ("professional", "hospital_outpatient", None),
                ("institutional", None, "131"),
                ("institutional", None, "851"),
            ]
        )
    )
    return Claim(
        id="any",
        form=form,
        lines=tuple(draw(lines(n + 1)) for n in range(count)),
        setting=setting,
        bill_type=bill_type,
        payer="medicare",
        patient_age=draw(st.sampled_from([3, 54])),
    )


@QUICK
@given(claim=claims(), order=st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(kb: KnowledgeBase, claim: Claim, order: object) -> None:
    shuffled = list(claim.lines)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert check_json(kb.check(replace(claim, lines=tuple(shuffled)))) == check_json(kb.check(claim))


@QUICK
@given(claim=claims(), order=st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_nothing(kb: KnowledgeBase, claim: Claim, order: object) -> None:
    judge = kb._judge
    facts = claim_facts(claim, "c")
    shuffled = list(facts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge.answer(shuffled).atoms == judge.answer(facts).atoms


@QUICK
@given(claim=claims())
def test_an_unrelated_line_changes_nothing_about_the_others(kb: KnowledgeBase, claim: Claim) -> None:
    number = len(claim.lines) + 1
    stranger = Line(number=number, code="0000X", units=1, date=claim.lines[0].date)
    with_it = kb.check(replace(claim, lines=(*claim.lines, stranger)))
    alone = kb.check(claim)
    packaged_only = {"packaging_only_packaged_lines"}
    for line in alone.lines:
        if packaged_only & {f.rule for f in line.findings}:
            continue  # Such a claim is rejected for having nothing else, and now it has something else.
        assert with_it.line(line.line) == line


@pytest.fixture(scope="module")
def again() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@QUICK
@given(claim=claims())
def test_the_same_claim_gives_the_same_bytes(kb: KnowledgeBase, again: KnowledgeBase, claim: Claim) -> None:
    assert check_json(again.check(claim)) == check_json(kb.check(claim))
    assert again.why(claim) == kb.why(claim)


@QUICK
@given(claim=claims())
def test_every_proof_passes_the_checker(kb: KnowledgeBase, claim: Claim) -> None:
    kb.check_proof(claim, kb.why(claim))


@QUICK
@given(claim=claims())
def test_nothing_payable_has_a_finding_that_denies_or_is_unknown(kb: KnowledgeBase, claim: Claim) -> None:
    for line in kb.check(claim).lines:
        severities = {f.severity for f in line.findings if not f.waived_by}
        if line.verdict == "payable":
            assert not severities & {"deny", "unknown", "packaged"}
        if line.verdict == "denied":
            assert "deny" in severities


def _used_facts(proof: Proof, atom: Atom, seen: set[Atom]) -> set[Atom]:
    """The published facts that some proof of ``atom`` uses."""
    if atom in seen:
        return set()
    seen.add(atom)
    used = {atom} if proof.facts.get(atom) else set()
    for step in proof.steps.get(atom, ()):
        for premise in step.premises:
            if isinstance(premise, Holds):
                used |= _used_facts(proof, premise.atom, seen)
    return used


@QUICK
@given(claim=claims(), data=st.data())
def test_without_a_fact_no_proof_uses_it_and_a_finding_without_a_proof_is_gone(
    kb: KnowledgeBase, claim: Claim, data: st.DataObject
) -> None:
    proof = kb.why(claim)
    findings = sorted((a for a in proof.steps if a.predicate == "finding"), key=str)
    if not findings:
        return
    finding = data.draw(st.sampled_from(findings))
    used = sorted(_used_facts(proof, finding, set()), key=str)
    if not used:
        return
    missing = data.draw(st.sampled_from(used))
    store = Without(kb.knowledge.store, missing)
    facts = claim_facts(claim, "c")
    cut = kb._judge.slice(facts, store, for_proofs=True)
    answer = solve(cut.facts, cut.rules, cut.rules, None)
    assert missing not in answer.atoms
    # Where a `not` stood on it, its absence may give the finding another proof; that one does without it, and holds.
    if finding in answer.atoms:
        rules = kb._judge.rules
        again = build_proof("any", [finding], facts, answer.atoms, answer.firings, rules, store, "")
        assert missing not in _used_facts(again, finding, set())
        check_proof(again, rules, facts, store)
    else:
        assert not any(concluded(kb._judge.by_number[f.rule], f) == finding for f in answer.firings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('id: a\nform: professional\nlines:\n  - {code: "62323", units: 1}\n', "date"),
        ('id: a\nform: professional\ndate: 2025-03-14\nlines:\n  - {code: "62323", units: null}\n', "units"),
        ("id: a\nform: professional\ndate: 2025-03-14\nlines:\n  - {code: 00100, units: 1}\n", "in quotes"),
    ],
    ids=["without a date", "without units", "with a code that is no text"],
)
def test_a_claim_that_says_too_little_is_refused(kb: KnowledgeBase, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "claim.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        kb.read(path)


def test_a_proof_with_a_step_left_out_is_refused(kb: KnowledgeBase) -> None:
    claim = kb.read(ROOT / "examples" / "epidural_77003.yaml")[0]
    proof = kb.why(claim)
    broken = next(atom for atom in proof.steps if atom.predicate == "finding")
    steps = {atom: step for atom, step in proof.steps.items() if atom != broken}
    from claimlogic.proofs.check import ProofError

    with pytest.raises(ProofError):
        check_proof(replace(proof, steps=steps), kb._judge.rules, claim_facts(claim, "c"), kb.store)
