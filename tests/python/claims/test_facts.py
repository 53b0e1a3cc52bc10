"""A claim as facts: the predicates that the vocabulary says a claim gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line

VOCABULARY = Path(__file__).parents[3] / "kb" / "vocabulary" / "claims.lp"

LINE = Line(number=1, code="62323", units=1, date=20250314)
CLAIM = Claim(id="epidural-1", form="professional", lines=(LINE,))

FULL = Claim(
    id="full",
    form="institutional",
    billed_by="facility",
    setting="hospital_outpatient",
    place_of_service="22",
    bill_type="0131",
    opps=False,
    payer="medicare",
    patient_age=54,
    diagnoses=("M54.51",),
    global_period=GlobalPeriod("22612", 20250102, "1111111111"),
    elsewhere=(ElsewhereService("77003", 20250313, 2, "3333333333"), ElsewhereService("62323", 20250314)),
    lines=(
        Line(
            number=7,
            code="62323",
            units=3,
            date=20250310,
            modifiers=("LT", "59"),
            diagnoses=("M54.16",),
            provider="2222222222",
            group="4444444444",
            specialty="09",
            session="2",
            site='the "right" knee',
            revenue_code="0360",
            place="19",
            span_days=3,
            documented=("signed_report",),
            undocumented=("contrast_volume",),
        ),
        Line(number=8, code="77003", units=1, date=20250314, provider="1111111111", group="4444444444"),
    ),
    uncoded_lines=(9,),
)


def facts_of(claim: Claim, name: str = "c") -> list[str]:
    return [str(fact) for fact in claim_facts(claim, name)]


def test_a_bare_claim_gives_its_line_its_units_its_date_and_nothing_it_does_not_say() -> None:
    assert facts_of(CLAIM) == [
        'claim("c")',
        'form("c",professional)',
        'line("c",1,"62323")',
        'units("c",1,1)',
        'service_date("c",1,20250314)',
        "day(20250314,739324)",
    ]


def test_every_field_of_a_claim_becomes_its_predicate() -> None:
    assert facts_of(FULL) == [
        'claim("c")',
        'form("c",institutional)',
        'says_biller("c",facility)',
        'says_setting("c",hospital_outpatient)',
        'place_of_service("c","22")',
        'bill_type("c","13")',
        'says_opps("c",no)',
        'payer("c",medicare)',
        'patient_age("c",54)',
        'diagnosis("c","M54.51")',
        'diagnosis("c","M54.16")',
        'line("c",7,"62323")',
        'units("c",7,3)',
        'service_date("c",7,20250310)',
        'span_days("c",7,3)',
        'modifier("c",7,"LT")',
        'modifier_position("c",7,"LT",1)',
        'modifier("c",7,"59")',
        'modifier_position("c",7,"59",2)',
        'line_diagnosis("c",7,"M54.16")',
        'provider("c",7,"p1")',
        'group("c",7,"g1")',
        'specialty("c",7,"09")',
        'session("c",7,"2")',
        'anatomic_site("c",7,"the \\"right\\" knee")',
        'revenue_code("c",7,"0360")',
        'line_place("c",7,"19")',
        'documented("c",7,signed_report)',
        'undocumented("c",7,contrast_volume)',
        'line("c",8,"77003")',
        'units("c",8,1)',
        'service_date("c",8,20250314)',
        'provider("c",8,"p2")',
        'group("c",8,"g1")',
        'global_period("c","22612",20250102)',
        'global_period_provider("c","22612","p2")',
        'elsewhere("c",1,"77003",20250313,2)',
        'elsewhere_provider("c",1,"p3")',
        'elsewhere("c",2,"62323",20250314,1)',
        "day(20250102,739253)",
        "day(20250310,739320)",
        "day(20250313,739323)",
        "day(20250314,739324)",
    ]


def test_every_predicate_is_one_that_the_vocabulary_takes_from_a_claim() -> None:
    entries = VOCABULARY.read_text().split("%*! ")
    given = {entry.split("(")[0] for entry in entries if "\ngiven by the claim:" in entry}
    # Two of them are options of the command line, not of the claim.
    assert {fact.predicate for fact in claim_facts(FULL)} == given - {"trust", "strict_dates"}


def test_the_claim_is_called_by_the_name_it_is_given() -> None:
    assert facts_of(CLAIM, 'j"7')[0] == 'claim("j\\"7")'


def test_no_identifier_of_a_practitioner_is_a_fact() -> None:
    assert not any(identifier * 10 in " ".join(facts_of(FULL)) for identifier in "1234")


def test_days_are_numbered_so_that_neighbours_differ_by_one_over_a_leap_day() -> None:
    days = (20240228, 20240229, 20240301)
    claim = replace(CLAIM, lines=tuple(replace(LINE, number=n, date=day) for n, day in enumerate(days, start=1)))
    numbers = [fact.arguments[1] for fact in claim_facts(claim) if fact.predicate == "day"]
    assert numbers == [738944, 738945, 738946]


def test_the_frequency_digit_and_the_leading_zero_of_a_bill_type_are_left_out() -> None:
    for written, told in {"131": "13", "0131": "13", "85A": "85", "13": "13"}.items():
        assert f'bill_type("c","{told}")' in facts_of(replace(CLAIM, bill_type=written))


def test_a_modifier_written_twice_has_one_position_the_first() -> None:
    facts = facts_of(replace(CLAIM, lines=(replace(LINE, modifiers=("59", "LT", "59")),)))
    assert [fact for fact in facts if "modifier" in fact] == [
        'modifier("c",1,"59")',
        'modifier_position("c",1,"59",1)',
        'modifier("c",1,"LT")',
        'modifier_position("c",1,"LT",2)',
    ]


def test_a_hospital_that_says_it_is_paid_under_opps_is_believed() -> None:
    assert 'says_opps("c",yes)' in facts_of(replace(CLAIM, opps=True))


def test_a_claim_of_uncoded_lines_alone_gives_no_line() -> None:
    assert facts_of(replace(CLAIM, lines=(), uncoded_lines=(1, 2))) == ['claim("c")', 'form("c",professional)']
