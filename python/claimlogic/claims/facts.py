"""A claim as facts: the predicates that ``kb/vocabulary`` says are given by the claim.

Practitioners and groups are named p1, p2 ... and g1, g2 ... in the order in which they occur, so that the rules can
tell them apart and no identifier of a person reaches them.
"""

from __future__ import annotations

from collections.abc import Iterator

from claimlogic.claims import shapes
from claimlogic.claims.model import Claim, Line
from claimlogic.terms import Atom, Term, text


class _Names:
    """Opaque names in the order of first use."""

    def __init__(self, letter: str) -> None:
        self._letter = letter
        self._given: dict[str, str] = {}

    def of(self, identifier: str) -> Term:
        return text(self._given.setdefault(identifier, f"{self._letter}{len(self._given) + 1}"))


def claim_facts(claim: Claim, name: str = "c") -> list[Atom]:
    """The facts of one claim, in which the claim is called ``name``; each once, in a fixed order.

    Words (form, setting, payer, record items) are bare; codes, modifiers and names are texts. Lines without a procedure
    code have no fact: no rule speaks of them.
    """
    facts = _Facts(text(name))
    given = [*facts.of_claim(claim), *facts.of_lines(claim), *facts.of_history(claim), *_days(claim)]
    return list(dict.fromkeys(given))


class _Facts:
    def __init__(self, claim: Term) -> None:
        self._claim = claim
        self._persons = _Names("p")
        self._groups = _Names("g")

    def of_claim(self, claim: Claim) -> Iterator[Atom]:
        yield self._atom("claim")
        yield self._atom("form", claim.form)
        if claim.billed_by is not None:
            yield self._atom("says_biller", claim.billed_by)
        if claim.setting is not None:
            yield self._atom("says_setting", claim.setting)
        if claim.place_of_service is not None:
            yield self._atom("place_of_service", text(claim.place_of_service))
        if claim.bill_type is not None:
            yield self._atom("bill_type", text(_facility_type(claim.bill_type)))
        if claim.opps is not None:
            yield self._atom("says_opps", "yes" if claim.opps else "no")
        if claim.payer is not None:
            yield self._atom("payer", claim.payer)
        if claim.patient_age is not None:
            yield self._atom("patient_age", claim.patient_age)
        # What a line points to is a diagnosis of the claim, whether or not the claim lists it again.
        pointed = [code for line in claim.lines for code in line.diagnoses]
        for code in dict.fromkeys([*claim.diagnoses, *pointed]):
            yield self._atom("diagnosis", text(code))

    def of_lines(self, claim: Claim) -> Iterator[Atom]:
        for line in claim.lines:
            yield from self._of_line(line)

    def of_history(self, claim: Claim) -> Iterator[Atom]:
        period = claim.global_period
        if period is not None:
            yield self._atom("global_period", text(period.code), period.date)
            if period.provider is not None:
                yield self._atom("global_period_provider", text(period.code), self._persons.of(period.provider))
        for position, other in enumerate(claim.elsewhere, start=1):
            yield self._atom("elsewhere", position, text(other.code), other.date, other.units)
            if other.provider is not None:
                yield self._atom("elsewhere_provider", position, self._persons.of(other.provider))

    def _of_line(self, line: Line) -> Iterator[Atom]:
        yield self._atom("line", line.number, text(line.code))
        yield self._atom("units", line.number, line.units)
        yield self._atom("service_date", line.number, line.date)
        if line.span_days > 1:
            yield self._atom("span_days", line.number, line.span_days)
        # A modifier written twice stands where it stands first.
        for position, modifier in enumerate(line.modifiers, start=1):
            yield self._atom("modifier", line.number, text(modifier))
            if modifier not in line.modifiers[: position - 1]:
                yield self._atom("modifier_position", line.number, text(modifier), position)
        for code in line.diagnoses:
            yield self._atom("line_diagnosis", line.number, text(code))
        if line.provider is not None:
            yield self._atom("provider", line.number, self._persons.of(line.provider))
        if line.group is not None:
            yield self._atom("group", line.number, self._groups.of(line.group))
        texts = {
            "specialty": line.specialty,
            "session": line.session,
            "anatomic_site": line.site,
            "revenue_code": line.revenue_code,
            "line_place": line.place,
        }
        for predicate, value in texts.items():
            if value is not None:
                yield self._atom(predicate, line.number, text(value))
        for item in line.documented:
            yield self._atom("documented", line.number, item)
        for item in line.undocumented:
            yield self._atom("undocumented", line.number, item)

    def _atom(self, predicate: str, *arguments: Term) -> Atom:
        return Atom(predicate, (self._claim, *arguments))


def _days(claim: Claim) -> Iterator[Atom]:
    """Every day that occurs, with its number, so that rules can subtract."""
    days = {line.date for line in claim.lines} | {other.date for other in claim.elsewhere}
    if claim.global_period is not None:
        days.add(claim.global_period.date)
    for day in sorted(days):
        yield Atom("day", (day, shapes.calendar(day).toordinal()))


def _facility_type(bill_type: str) -> str:
    """The first two digits of a type of bill, which some write with a leading zero ("0131")."""
    return (bill_type[1:] if len(bill_type) == 4 else bill_type)[:2]
