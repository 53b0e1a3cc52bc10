"""What holds of every fix of every claim: small random claims of codes that bear on one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from claimlogic import KnowledgeBase
from claimlogic.claims.changed import changed
from claimlogic.claims.model import Claim, Line
from claimlogic.reports.fix_json import fix_json
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import HONEST, IF_RECORD_SUPPORTS, Fix, Limits
from claimlogic.terms import plain

DAY = 20240815
ALL = Limits(max_fixes=500)
UNHURRIED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def knowledge_base() -> KnowledgeBase:
    return KnowledgeBase()


@cache
def codes() -> list[str]:
    """Codes of which the knowledge base says something that a change could rest on, and their partners."""
    store = knowledge_base().store
    found = {plain(code) for row in store.match("twin", (None,) * 5) for code in row[:2]}
    found |= {plain(code) for row in store.match("age_twin", (None,) * 2) for code in row}
    found |= {plain(row[0]) for row in store.match("guidance", (None,) * 4)}
    found |= {plain(row[0]) for row in store.match("plain_fluoroscopy", (None,) * 3)}
    found |= {plain(row[0]) for row in store.match("successor", (None,) * 3)}
    found |= {plain(row[0]) for row in store.match("bilateral_by_modifier", (None,) * 3)}
    return sorted(found)


@cache
def modifiers() -> list[str]:
    store = knowledge_base().store
    found = {plain(row[0]) for row in store.match("modifier_claims", (None,) * 2)}
    found |= {plain(row[0]) for row in store.match("component_modifier", (None,) * 2)}
    found |= {plain(row[0]) for row in store.match("side_modifier", (None,) * 2)}
    return sorted(found)


ITEMS = ["signed_report", "real_time_fluoroscopy", "real_time_guidance", "images_saved", "separate_site"]
PLACES = [
    {"form": "professional", "setting": "office"},
    {"form": "professional", "setting": "hospital_outpatient"},
    {"form": "professional", "setting": "asc", "billed_by": "facility"},
    {"form": "institutional", "bill_type": "131"},
    {"form": "institutional", "bill_type": "851"},
]


@st.composite
def lines(draw: st.DrawFn, number: int) -> Line:
    items = draw(st.lists(st.sampled_from(ITEMS), unique=True, max_size=2))
    kept = draw(st.integers(0, len(items)))
    return Line(
        number=number,
        code=draw(st.sampled_from(codes())),
        units=draw(st.sampled_from([1, 1, 1, 2, 4])),
        date=draw(st.sampled_from([DAY, DAY, DAY, DAY + 1])),
        modifiers=tuple(draw(st.lists(st.sampled_from(modifiers()), unique=True, max_size=2))),
        session=draw(st.sampled_from([None, None, "1", "2"])),
        site=draw(st.sampled_from([None, None, "knee", "hip"])),
        documented=tuple(items[:kept]),
        undocumented=tuple(items[kept:]),
    )


@st.composite
def claims(draw: st.DrawFn, most: int = 5) -> Claim:
    count = draw(st.integers(1, most))
    own = tuple(draw(lines(number)) for number in range(1, count + 1))
    age = draw(st.sampled_from([2, 54]))
    return Claim(id="drawn", lines=own, payer="medicare", patient_age=age, **draw(st.sampled_from(PLACES)))


def denied(claim: Claim) -> bool:
    return bool(claim.lines) and knowledge_base().check(claim).verdict == "denied"


def smallest_drops(claim: Claim) -> Iterator[frozenset[int]]:
    """Every smallest set of lines without which no line is denied, found by trying them all."""
    numbers = [line.number for line in claim.lines]
    for size in range(len(numbers) + 1):
        found = [
            frozenset(dropped)
            for dropped in combinations(numbers, size)
            if not denied(replace(claim, lines=tuple(line for line in claim.lines if line.number not in dropped)))
        ]
        if found:
            yield from found
            return


def only_drops(fix: Fix) -> bool:
    return all(change.op == "drop_line" and change.inside_line is None for change in fix.changes)


@given(claims())
@UNHURRIED
def test_every_fix_leaves_nothing_denied(claim: Claim) -> None:
    result = fixes(knowledge_base(), claim, limits=ALL)
    assert result.refused == 0
    assert result.proven
    assert bool(result.of(HONEST)) == bool(result.denied) == denied(claim)
    for fix in result.fixes:
        assert not denied(changed(claim, fix.changes))


@given(claims())
@UNHURRIED
def test_no_fix_holds_another_of_its_list(claim: Claim) -> None:
    result = fixes(knowledge_base(), claim, limits=ALL)
    for kind in (HONEST, IF_RECORD_SUPPORTS):
        for one, other in combinations(result.of(kind), 2):
            assert not set(one.changes) <= set(other.changes)
            assert not set(other.changes) <= set(one.changes)


@given(claims())
@UNHURRIED
def test_an_honest_fix_asserts_nothing_new(claim: Claim) -> None:
    for fix in fixes(knowledge_base(), claim, limits=ALL).of(HONEST):
        assert not fix.record_must_show
        assert not {change.op for change in fix.changes} & {"add_modifier", "add_line"}


# More changes keep a unit more here, and rest on nothing that the record would have to show.
MORE_CHANGES = Claim(
    "more_changes",
    "institutional",
    (
        Line(1, "0200T", 1, 20240815),
        Line(2, "64491", 2, 20240815),
        Line(3, "0214T", 1, 20240815, modifiers=("24", "25")),
    ),
    bill_type="131",
    payer="medicare",
    patient_age=2,
)


@given(claims())
@example(MORE_CHANGES)
@UNHURRIED
def test_the_other_list_keeps_more_and_names_what_it_rests_on(claim: Claim) -> None:
    result = fixes(knowledge_base(), claim, limits=ALL)
    for fix in result.of(IF_RECORD_SUPPORTS):
        assert fix.record_must_show
        honest = result.of(HONEST)[0]
        assert (len(fix.lost), fix.units_given_up) < (len(honest.lost), honest.units_given_up)


@given(claims())
@UNHURRIED
def test_no_change_of_an_honest_fix_is_idle(claim: Claim) -> None:
    for fix in fixes(knowledge_base(), claim, limits=Limits(max_fixes=3)).of(HONEST):
        # A line that another one reports goes together with that one's new code.
        if all(change.inside_line is None for change in fix.changes):
            for change in fix.changes:
                assert denied(changed(claim, [other for other in fix.changes if other != change]))


@given(claims(most=4))
@UNHURRIED
def test_where_lines_are_only_dropped_the_fixes_are_all_the_smallest_sets(claim: Claim) -> None:
    result = fixes(knowledge_base(), claim, limits=ALL)
    smallest = set(smallest_drops(claim))
    honest = result.of(HONEST)
    if not honest:
        assert smallest == {frozenset()}
    elif all(map(only_drops, honest)):
        assert {frozenset(change.line for change in fix.changes) for fix in honest} == smallest
    else:
        assert all(len(fix.lost) <= len(next(iter(smallest))) for fix in honest)


@given(claims())
@UNHURRIED
def test_the_same_claim_has_the_same_answer(claim: Claim) -> None:
    assert fix_json(fixes(knowledge_base(), claim)) == fix_json(fixes(KnowledgeBase(), claim))
