"""Random claims that bear on the knowledge base, directed by the kinds of its facts.

A claim is made of a few published facts. Whatever a fact speaks of enters the claim where a claim can hold it: its
codes become lines, its days the day of service (or a day off), its counts the units (or one off), its ages, modifiers,
diagnoses, record items, places and types of bill. So claims lie on the borders at which rules decide. Then come things
that no fact tells: practitioners, sessions, other claims of the day.

The same seed and number give the same claim.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.knowledge.load import Knowledge
from claimlogic.terms import Atom, Term, plain

# Facts that speak of rules and sources, or of encounters, and of nothing that a claim holds.
_NOT_OF_CLAIMS = frozenset({"short", "icd_short", "hint", "describes", "asks", "covers", "guides", "unit_each"})
_HELD_KINDS = frozenset({"code", "modifier", "icd", "item", "payer", "setting", "biller"})
# Facts whose text is a field of a claim, by predicate and place.
_FIELDS = {("place", 0): "place_of_service", ("bill_type_setting", 0): "bill_type"}
_REVENUE = "professional_revenue_code"
# These decide most claims, so they are drawn more often than their share of predicates.
_OFTEN = ("ptp", "mue", "addon_parent", "addon_parent", "opps_status")
_FIRST, _LAST = date(2019, 6, 28), date(2026, 12, 31)
# The first and last days of editions, and days inside them.
_BORDERS = (20190630, 20190701, 20240630, 20240701, 20240930, 20241001, 20260331, 20260401)
_INSIDE = (20240815, 20240702, 20250314)
_SETTINGS = ("office", "office", "hospital_outpatient", "asc", "asc")
_BILL_TYPES = ("13", "13", "85", "83", "12", "11")


@dataclass(slots=True)
class _Draft:
    """A claim on the way."""

    codes: list[str] = field(default_factory=list)
    units: dict[int, int] = field(default_factory=dict)
    modifiers: list[str] = field(default_factory=list)
    diagnoses: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    ages: list[int] = field(default_factory=list)
    revenue_codes: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


class Drawer:
    """Draws claims from the facts of a knowledge base."""

    def __init__(self, knowledge: Knowledge, seed: int) -> None:
        self._seed = seed
        vocabulary, store = knowledge.vocabulary, knowledge.store
        self._kinds = {p.name: p.kinds for p in vocabulary.predicates.values()}
        words = vocabulary.kinds
        self._items = sorted(words["item"].constants)
        self._settings = sorted(words["setting"].constants)
        codes = sorted({plain(a.arguments[0]) for a in _facts(store.match("code", (None,) * 4), "code")})
        self._facts: dict[str, list[Atom]] = {}
        for predicate in sorted(store.predicates - _NOT_OF_CLAIMS):
            kinds = self._kinds[predicate]
            if (
                not _HELD_KINDS & set(kinds)
                and not any(name == predicate for name, _ in _FIELDS)
                and predicate != _REVENUE
            ):
                continue
            if predicate == "ptp":  # Those among the codes that the knowledge base speaks of; there are enough.
                found = store.slice(predicate, {"code": [f'"{code}"' for code in codes]})
            else:
                found = _facts(store.match(predicate, (None,) * len(kinds)), predicate)
            if found:
                self._facts[predicate] = sorted(found, key=str)
        self._modifiers = sorted(
            {plain(v) for facts in self._facts.values() for a in facts for v in self._of_kind(a, "modifier")}
        )
        self._parents: dict[str, list[str]] = {}
        for atom in self._facts["addon_parent"]:
            self._parents.setdefault(plain(atom.arguments[0]), []).append(plain(atom.arguments[1]))

    def claim(self, number: int) -> Claim:
        """The claim with this number."""
        chance = random.Random(f"{self._seed} {number}")
        draft = _Draft()
        for _ in range(chance.choice((1, 1, 2, 2, 3))):
            names = [*self._facts, *_OFTEN * 8]
            self._enter(draft, chance.choice(self._facts[chance.choice(names)]), chance)
        self._add_chain(draft, chance)
        if not draft.codes:
            draft.codes.append(plain(chance.choice(self._facts["code"]).arguments[0]))
        if chance.random() < 0.15:
            draft.codes.append(chance.choice(draft.codes))
        chance.shuffle(draft.codes)
        return self._built(f"{number:06}", draft, chance)

    def _of_kind(self, atom: Atom, kind: str) -> list[Term]:
        return [v for v, k in zip(atom.arguments, self._kinds[atom.predicate], strict=True) if k == kind]

    def _enter(self, draft: _Draft, atom: Atom, chance: random.Random) -> None:
        """Put what a fact speaks of into the claim."""
        for place, (value, kind) in enumerate(zip(atom.arguments, self._kinds[atom.predicate], strict=True)):
            if kind == "code":
                draft.codes.append(plain(value))
            elif kind == "day" and isinstance(value, int):
                draft.days.append(_near(value, chance))
            elif kind == "count" and isinstance(value, int) and atom.predicate == "mue":
                draft.units[len(draft.codes) - 1] = max(1, value + chance.choice((-1, 0, 1)))
            elif kind == "age" and isinstance(value, int):
                draft.ages.append(max(0, value + chance.choice((-1, 0, 1))))
            elif kind == "modifier":
                draft.modifiers.append(plain(value))
            elif kind == "icd":
                draft.diagnoses.append(plain(value))
            elif kind == "item":
                draft.items.append(str(value))
            elif kind == "payer":
                draft.told["payer"] = str(value)
            elif (atom.predicate, place) in _FIELDS:
                draft.told[_FIELDS[atom.predicate, place]] = plain(value)
            elif atom.predicate == _REVENUE:
                draft.revenue_codes.append(plain(value))

    def _add_chain(self, draft: _Draft, chance: random.Random) -> None:
        """Give an add-on a parent, that one its own, and so on; or not."""
        for code in list(draft.codes):
            while code in self._parents and chance.random() < 0.6 and len(draft.codes) < 7:
                code = chance.choice(self._parents[code])
                draft.codes.append(code)

    def _built(self, name: str, draft: _Draft, chance: random.Random) -> Claim:
        days = draft.days if draft.days and chance.random() < 0.3 else _BORDERS if chance.random() < 0.2 else _INSIDE
        day = chance.choice(days)
        several = chance.random() < 0.15
        apart = chance.random() < 0.2
        lines = tuple(
            self._line(at, code, day, several, apart, draft, chance) for at, code in enumerate(draft.codes[:8])
        )
        told: dict[str, object] = {}
        if chance.random() < 0.55:
            told["form"] = "professional"
            if chance.random() < 0.7:
                told["setting"] = chance.choice((*_SETTINGS, chance.choice(self._settings)))
            if "place_of_service" in draft.told or chance.random() < 0.1:
                told["place_of_service"] = draft.told.get("place_of_service", chance.choice(("11", "22", "24")))
        else:
            told["form"] = "institutional"
            told["bill_type"] = draft.told.get("bill_type", chance.choice(_BILL_TYPES)) + "1"
            told["opps"] = chance.choice((None, None, True, False))
        if chance.random() < 0.15:
            told["billed_by"] = chance.choice(("practitioner", "facility"))
        claim = Claim(
            id=name,
            lines=lines,
            payer=draft.told.get("payer", chance.choice(("medicare", "medicare", None))),
            patient_age=chance.choice([*draft.ages, 54, None]),
            diagnoses=tuple(dict.fromkeys(draft.diagnoses)) if chance.random() < 0.8 else (),
            **told,  # type: ignore[arg-type]
        )
        return self._with_history(claim, chance)

    def _line(
        self, at: int, code: str, day: int, several: bool, apart: bool, draft: _Draft, chance: random.Random
    ) -> Line:
        modifiers = [m for m in draft.modifiers if chance.random() < 0.5]
        if chance.random() < 0.25:
            modifiers.append(chance.choice(self._modifiers))
        items = [i for i in draft.items if chance.random() < 0.7]
        if chance.random() < 0.3:
            items.append(chance.choice(self._items))
        held = [item for item in items if chance.random() < 0.5]
        default = draft.units.get(at, draft.units.get(0, 1)) if chance.random() < 0.6 else 1
        return Line(
            number=at + 1,
            code=code,
            units=default if chance.random() < 0.9 else chance.randint(1, 4),
            date=_moved(day, chance.choice((0, 1, 1, -1))) if several else day,
            modifiers=tuple(dict.fromkeys(modifiers)),
            diagnoses=tuple(d for d in dict.fromkeys(draft.diagnoses) if chance.random() < 0.5),
            provider=chance.choice(("ann", "bob")) if apart else None,
            group=chance.choice(("one", "two", None)) if apart else None,
            specialty=chance.choice(("05", None)) if apart else None,
            session=chance.choice(("1", "2")) if chance.random() < 0.1 else None,
            site=chance.choice(("left knee", "neck")) if chance.random() < 0.1 else None,
            revenue_code=chance.choice(draft.revenue_codes or ["0360"]) if chance.random() < 0.2 else None,
            place=chance.choice(("11", "21")) if chance.random() < 0.02 else None,
            span_days=chance.choice((2, 3)) if chance.random() < 0.05 else 1,
            documented=tuple(dict.fromkeys(held)),
            undocumented=tuple(i for i in dict.fromkeys(items) if i not in held),
        )

    def _with_history(self, claim: Claim, chance: random.Random) -> Claim:
        day = claim.lines[0].date
        if chance.random() < 0.12:
            other = chance.choice(claim.lines).code
            code = chance.choice(self._parents.get(other, [other]))
            provider = chance.choice(("ann", "carol", None))
            elsewhere = ElsewhereService(code, chance.choice((day, _moved(day, -1))), chance.randint(1, 2), provider)
            claim = replace(claim, elsewhere=(elsewhere,))
        if chance.random() < 0.08:
            code = plain(chance.choice(self._facts["global_days"]).arguments[0])
            length = chance.choice((0, 1, 9, 10, 11, 89, 90, 91, 92))
            claim = replace(claim, global_period=GlobalPeriod(code, _moved(day, -length), chance.choice(("ann", None))))
        return claim


def _facts(rows: Sequence[tuple[Term, ...]], predicate: str) -> list[Atom]:
    return [Atom(predicate, row) for row in rows]


def _near(day: int, chance: random.Random) -> int:
    """A day, the day before or the day after, kept within the years that claims are drawn from."""
    return _moved(min(max(day, _number(_FIRST)), _number(_LAST)), chance.choice((-1, 0, 1)))


def _moved(day: int, days: int) -> int:
    return _number(date(day // 10000, day // 100 % 100, day % 100) + timedelta(days=days))


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
