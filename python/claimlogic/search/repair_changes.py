"""From a model of the search to changes of the claim, with the words that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from claimlogic.claims.changed import OPERATIONS, Change
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.search.program import Model
from claimlogic.search.repair_offers import Submitted
from claimlogic.terms import Atom, Term, plain

_OTHER_SIDE = "the other side"
_CHANGES = frozenset({"dropped", "recoded", "set_units", "removed", "added", "split"})


@dataclass(frozen=True, slots=True)
class Mend:
    """A way to mend a part of a claim, or all of it: its changes, the lines lost, the units given up."""

    changes: tuple[Change, ...]
    lost: tuple[int, ...]
    units_given_up: int

    @property
    def loss(self) -> tuple[int, int]:
        """What is not billed any more: lines first, then units."""
        return len(self.lost), self.units_given_up


def joined(mends: Iterable[Mend]) -> Mend:
    """Ways to mend several parts, taken together."""
    parts = tuple(mends)
    changes = sorted((change for part in parts for change in part.changes), key=_order)
    lost = sorted(line for part in parts for line in part.lost)
    return Mend(tuple(changes), tuple(lost), sum(part.units_given_up for part in parts))


class Wording:
    """The words of changes, as far as they are the same for every claim."""

    def __init__(self, store: FactStore, vocabulary: Vocabulary) -> None:
        self.titles = {rule: plain(title) for rule, _, title in store.match("rule", (None,) * 3)}
        self.reasons = {reason: plain(words) for reason, _, words in store.match("change_reason", (None,) * 3)}
        self.sentences = {need: plain(words) for need, words in store.match("record_sentence", (None, None))}
        self.first = {need for need, _, place in store.match("modifier_for", (None,) * 3) if place == "first"}
        self.items = vocabulary.kinds["item"].constants


class Writer:
    """Writes the changes of one claim."""

    def __init__(self, wording: Wording, submitted: Submitted) -> None:
        self._wording = wording
        self._codes = {f.arguments[1]: plain(f.arguments[2]) for f in submitted.facts if f.predicate == "line"}
        self._new_numbers = submitted.new_numbers
        self._submitted = submitted

    def mend(self, model: Model) -> Mend:
        """The changes that a model stands for."""
        needs: dict[tuple[Term, Term], list[Term]] = {}
        for _, line, what, need in model.of("asserted"):
            needs.setdefault((line, what), []).append(need)
        sentences = {key: "; ".join(self._wording.sentences[need] for need in found) for key, found in needs.items()}
        inside = {line: _number(other) for _, line, other in reversed(model.of("inside"))}
        changes = sorted((c for atom in model.atoms for c in self._changes(atom, inside, sentences)), key=_order)
        lost = tuple(_number(line) for _, line in model.of("lost"))
        return Mend(tuple(changes), lost, sum(_number(units) for _, _, units in model.of("given_up")))

    def _changes(
        self, atom: Atom, inside: Mapping[Term, int], sentences: Mapping[tuple[Term, Term], str]
    ) -> Iterator[Change]:
        if atom.predicate not in _CHANGES:
            return
        _, line, *rest = atom.arguments
        number, code, why = _number(line), self._codes[line], self._denials(line)
        match atom.predicate, rest:
            case "dropped", []:
                why = self._why_dropped(line, inside.get(line))
                yield Change("drop_line", number, code, inside_line=inside.get(line), reason=why)
            case "recoded", [new]:
                why = self._why_recoded(line, new)
                sentence = sentences.get((line, "code"), "")
                yield Change("change_code", number, code, new_code=plain(new), reason=why, record_must_show=sentence)
            case "set_units", [units]:
                yield Change("set_units", number, code, units=_number(units), reason=why)
            case "removed", [modifier]:
                yield Change("remove_modifier", number, code, modifier=plain(modifier), reason=why)
            case "added", [modifier, need]:
                yield Change(
                    "add_modifier",
                    number,
                    code,
                    modifier=plain(modifier),
                    leads=need in self._wording.first,
                    items=(str(need),) if need in self._wording.items else (),
                    reason=why,
                    record_must_show=self._wording.sentences[need],
                )
            case "split", [own, other]:
                sentence = sentences.get((line, "line"), "")
                yield Change("add_modifier", number, code, modifier=plain(own), reason=why, record_must_show=sentence)
                new, side = self._new_numbers[line], plain(other)
                yield Change("add_line", new, code, units=1, modifier=side, like_line=number, reason=_OTHER_SIDE)

    def _why_recoded(self, line: Term, new: Term) -> str:
        offers = (o.arguments for o in self._submitted.offers if o.predicate == "code_offered")
        told = (self._wording.reasons[reason] for _, own, other, reason in offers if (own, other) == (line, new))
        return "; ".join(dict.fromkeys(told))

    def _why_dropped(self, line: Term, inside: int | None) -> str:
        if inside is not None:
            return f"line {inside} reports it from then on"
        if line in self._submitted.denied:
            return self._denials(line)
        others = [
            str(own) for own in sorted({_number(own) for _, own, other in self._submitted.denials if other == line})
        ]
        if not others:
            return "without it, the rest can stand"
        return f"without it, {'line' if len(others) == 1 else 'lines'} {', '.join(others)} can stand"

    def _denials(self, line: Term) -> str:
        titles = (self._wording.titles[rule] for rule, own, _ in self._submitted.denials if own == line)
        return "; ".join(dict.fromkeys(titles))


def _order(change: Change) -> tuple[int, int, str]:
    return change.line, OPERATIONS.index(change.op), change.modifier or ""


def _number(term: Term) -> int:
    assert isinstance(term, int)
    return term
