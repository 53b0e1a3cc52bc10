"""From what a search chose to a claim that a reader would accept, and the same claim judged again."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from claimlogic.claims.documents import claims_from_data
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.claims.shapes import calendar
from claimlogic.claims.values import Allowed
from claimlogic.knowledge.load import Knowledge
from claimlogic.results import ClaimResult
from claimlogic.solving.answer import concluded
from claimlogic.solving.judge import Judge
from claimlogic.terms import Atom, Term, plain, text

_ANY_CODE = "99999"
_ANY_DAY = 20240102
_ANY_DIGIT = "1"
_CLAIM = "c"
_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Told:
    """A claim and the options under which it is judged. ``trust`` as in ``--trust``, ``strict_dates`` likewise."""

    claim: Claim
    trust: str | None = None
    strict_dates: bool = False


class Referee:
    """Judges claims as ``KnowledgeBase.check`` does, by rules that need not stand in a folder."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._judge = Judge(knowledge)
        self.words: Allowed = knowledge.vocabulary.words()

    def result(self, told: Told) -> ClaimResult:
        """The verdict on every line, with all findings."""
        return self._judge.result(told.claim.id, self._facts(told), self._judge.answer(self._facts(told)))

    def places(self, told: Told, rule: str, line: int) -> tuple[str, ...]:
        """File and line of the rules by which ``rule`` is found or waived on a line, sorted."""
        found = set()
        for firing in self._judge.answer(self._facts(told)).firings:
            concluding = self._judge.by_number[firing.rule]
            arguments = concluded(concluding, firing).arguments
            if arguments[0] == rule and arguments[2] == line:
                found.add(concluding.place)
        return tuple(sorted(found))

    def _facts(self, told: Told) -> list[Atom]:
        facts = claim_facts(told.claim, _CLAIM)
        if told.trust:
            facts.append(Atom("trust", (told.trust,)))
        if told.strict_dates:
            facts.append(Atom("strict_dates", (text(_CLAIM),)))
        return facts


def told_by(atoms: Iterable[Atom], name: str, claim: str = _CLAIM) -> Told:
    """The claim that a model tells, called ``name``. ``claim`` is what the model calls it."""
    of: dict[str, list[tuple[Term, ...]]] = defaultdict(list)
    for atom in sorted(atoms, key=str):
        own = atom.predicate in ("trust",) or (atom.arguments and atom.arguments[0] == text(claim))
        if own:
            of[atom.predicate].append(atom.arguments)
    lines = tuple(_line(number, of) for number in sorted(_numbers(of)) or [1])
    whole = {p: plain(rows[0][1]) for p, rows in of.items() if rows and len(rows[0]) == 2 and p != "diagnosis"}
    operation = next(iter(of["global_period"]), None)
    operator = next(iter(of["global_period_provider"]), None)
    providers = {row[1]: plain(row[2]) for row in of["elsewhere_provider"]}
    return Told(
        Claim(
            id=name,
            form=whole.get("form", "professional"),
            lines=lines,
            billed_by=whole.get("says_biller"),
            setting=whole.get("says_setting"),
            place_of_service=whole.get("place_of_service"),
            bill_type=whole["bill_type"] + _ANY_DIGIT if "bill_type" in whole else None,
            opps=whole["says_opps"] == "yes" if "says_opps" in whole else None,
            payer=whole.get("payer"),
            patient_age=int(whole["patient_age"]) if "patient_age" in whole else None,
            diagnoses=tuple(plain(row[1]) for row in of["diagnosis"]),
            global_period=GlobalPeriod(
                plain(operation[1]), _whole(operation[2]), plain(operator[2]) if operator else None
            )
            if operation
            else None,
            elsewhere=tuple(
                ElsewhereService(plain(code), _whole(day), _whole(units), providers.get(at))
                for _, at, code, day, units in of["elsewhere"]
            ),
        ),
        trust=str(of["trust"][0][0]) if of["trust"] else None,
        strict_dates=bool(of["strict_dates"]),
    )


_OF_LINES = ("line", "units", "service_date", "modifier", "provider", "session", "anatomic_site", "documented")


def _numbers(of: dict[str, list[tuple[Term, ...]]]) -> set[int]:
    return {_whole(row[1]) for name in _OF_LINES for row in of[name]}


def _line(number: int, of: dict[str, list[tuple[Term, ...]]]) -> Line:
    def every(predicate: str) -> tuple[str, ...]:
        return tuple(plain(row[2]) for row in of[predicate] if row[1] == number)

    def one(predicate: str) -> str | None:
        return next(iter(every(predicate)), None)

    places = {plain(row[2]): _whole(row[3]) for row in of["modifier_position"] if row[1] == number}
    return Line(
        number=number,
        code=one("line") or _ANY_CODE,
        units=int(one("units") or 1),
        date=int(one("service_date") or _ANY_DAY),
        modifiers=tuple(sorted(every("modifier"), key=lambda m: (places.get(m, 0), m))),
        diagnoses=every("line_diagnosis"),
        provider=one("provider"),
        group=one("group"),
        specialty=one("specialty"),
        session=one("session"),
        site=one("anatomic_site"),
        revenue_code=one("revenue_code"),
        place=one("line_place"),
        span_days=int(one("span_days") or 1),
        documented=every("documented"),
        undocumented=every("undocumented"),
    )


def read_back(told: Told, words: Allowed) -> Told:
    """The claim as the reader takes it from its document. Raises InputError where a reader would refuse it."""
    (claim,) = claims_from_data(document(told.claim), words)
    return Told(claim, told.trust, told.strict_dates)


def document(claim: Claim) -> dict[str, object]:
    """A claim as the mapping that a YAML or JSON file of it holds; what is not said is left out."""
    days = {line.date for line in claim.lines}
    one_day = min(days) if len(days) == 1 else None
    found: dict[str, object] = {
        "id": claim.id,
        "form": claim.form,
        "billed_by": claim.billed_by,
        "setting": claim.setting,
        "place_of_service": claim.place_of_service,
        "bill_type": claim.bill_type,
        "opps": claim.opps,
        "date": calendar(one_day) if one_day else None,
        "payer": claim.payer,
        "patient_age": claim.patient_age,
        "diagnoses": list(claim.diagnoses),
    }
    if claim.global_period is not None:
        found["global_period"] = _said(
            code=claim.global_period.code,
            date=calendar(claim.global_period.date),
            provider=claim.global_period.provider,
        )
    found["elsewhere"] = [
        _said(code=o.code, date=calendar(o.date), units=o.units, provider=o.provider) for o in claim.elsewhere
    ]
    found["lines"] = [_line_document(line, one_day) for line in claim.lines]
    return {key: value for key, value in found.items() if value not in (None, [])}


def _line_document(line: Line, day: int | None) -> dict[str, object]:
    return _said(
        line=line.number,
        code=line.code,
        units=line.units if line.units != 1 else None,
        modifiers=list(line.modifiers),
        date=calendar(line.date) if line.date != day else None,
        through=calendar(line.date) + dt.timedelta(days=line.span_days - 1) if line.span_days > 1 else None,
        session=line.session,
        site=line.site,
        provider=line.provider,
        group=line.group,
        specialty=line.specialty,
        revenue_code=line.revenue_code,
        place_of_service=line.place,
        diagnoses=list(line.diagnoses),
        documented=list(line.documented),
        undocumented=list(line.undocumented),
    )


def _said(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value not in (None, [])}


def claim_yaml(claim: Claim) -> str:
    """A claim as YAML, a line of it on a line, ready to be saved and checked."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    def flowing(value: object) -> object:
        if isinstance(value, dict):
            mapping = CommentedMap({key: flowing(inner) for key, inner in value.items()})
            mapping.fa.set_flow_style()
            return mapping
        if isinstance(value, list):
            sequence = CommentedSeq([flowing(inner) for inner in value])
            sequence.fa.set_flow_style()
            return sequence
        # A code must never be taken for a number.
        return DoubleQuotedScalarString(value) if isinstance(value, str) and _DIGIT.search(value) else value

    whole = CommentedMap()
    for key, value in document(claim).items():
        if key in ("lines", "elsewhere") and isinstance(value, list):
            whole[key] = CommentedSeq([flowing(inner) for inner in value])
        else:
            whole[key] = flowing(value)
    yaml = YAML()
    yaml.width = 1000
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(whole, out)
    return out.getvalue()


def _whole(term: Term) -> int:
    assert isinstance(term, int)
    return term
