"""The part of a knowledge base that can bear on one claim: facts that its codes touch, rules that could fire on them.

Most rules cannot fire on a given claim. A rule is dropped when a positive condition of it has neither a fact in the
slice nor a kept rule that concludes it, or when its words cannot meet: no atom of ``billed_by`` says ``facility``, say.
That is a fixpoint over predicates and the words that each argument may take; the answer is the same without the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.rules import Literal, Rule, Variable
from claimlogic.knowledge.store import FactStore, touched_by
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import Atom

_REMEMBERED = 512

# The words that an argument may take; None where that is not followed (codes, lines, days, numbers).
Words = frozenset[str] | None
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Slice:
    """Facts (the claim's and the published ones) and the rules kept."""

    facts: tuple[Atom, ...]
    rules: tuple[Rule, ...]


class Slicer:
    """Cuts slices of one set of rules. Remembers which rules are live for facts of one shape, and nothing else."""

    def __init__(
        self, rules: Sequence[Rule], vocabulary: Vocabulary, goals: Iterable[str], settled: Iterable[str] = ()
    ) -> None:
        """``goals`` are the predicates that will be looked at: rules on which none of them rests are left out.

        Atoms of ``settled`` predicates are given with the claim's facts, so their rules are left out as well.
        """
        self.goals = frozenset(goals)
        given = frozenset(settled)
        self.rules = rules_toward([rule for rule in rules if rule.head.predicate not in given], self.goals)
        self._rule_places = {
            p.name: p.kinds.index("rule") for p in vocabulary.predicates.values() if p.stored and "rule" in p.kinds
        }
        self._read = frozenset().union(*(rule.reads for rule in self.rules))
        self._word_places = _word_places(vocabulary)
        self._live: dict[frozenset[tuple[str, int, str]], tuple[tuple[Rule, ...], frozenset[str]]] = {}

    def cut(
        self, claim_facts: Sequence[Atom], store: FactStore, reachable: Iterable[Atom] = (), for_proofs: bool = False
    ) -> Slice:
        """The slice for a claim's facts. ``reachable`` are facts that a search may add: their codes count as well.

        ``for_proofs`` keeps rules that conclude something which no live rule reads: a proof tells how near a rule came
        that did not fire, and must know all that held.
        """
        added = tuple(reachable)
        touched = touched_by([*claim_facts, *added], store.vocabulary)
        facts = [*claim_facts]
        for predicate in sorted(self._read & store.predicates):
            facts.extend(store.slice(predicate, touched))
        kept, used = self._rules_for([*facts, *added], for_proofs)
        return Slice(tuple(self._of_use(facts, kept, used)), kept)

    def _of_use(self, facts: Iterable[Atom], kept: Sequence[Rule], used: frozenset[str]) -> Iterable[Atom]:
        """The facts that a kept rule reads; of what rule files say of their rules, only what is said of live ones."""
        named = {argument for rule in kept for argument in rule.head.arguments if isinstance(argument, str)}
        for fact in facts:
            at = self._rule_places.get(fact.predicate)
            if fact.predicate in used and (at is None or fact.arguments[at] in named):
                yield fact

    def _rules_for(self, facts: Iterable[Atom], for_proofs: bool) -> tuple[tuple[Rule, ...], frozenset[str]]:
        shape = set()
        for predicate, arguments in facts:
            shape.add((predicate, -1, ""))
            for at in self._word_places.get(predicate, ()):
                shape.add((predicate, at, str(arguments[at])))
        if for_proofs:
            shape.add(_FOR_PROOFS)
        key = frozenset(shape)
        if key not in self._live:
            if len(self._live) >= _REMEMBERED:
                self._live.clear()
            kept = live_rules(self.rules, key, self._word_places)
            if not for_proofs:
                kept = rules_toward(kept, self.goals)
            self._live[key] = kept, frozenset().union(*(rule.reads for rule in kept))
        return self._live[key]


def live_rules(
    rules: Sequence[Rule],
    shape: Iterable[tuple[str, int, str]],
    word_places: Mapping[str, tuple[int, ...]],
) -> tuple[Rule, ...]:
    """The rules whose positive conditions could all hold, given facts of this shape.

    ``shape`` lists (predicate, -1, "") for each predicate that has facts, and (predicate, place, word) for each word
    that occurs at a place in ``word_places``.
    """
    available: set[str] = set()
    words: dict[_Place, set[str] | None] = {}
    for predicate, at, word in shape:
        available.add(predicate)
        if at >= 0:
            _add(words, (predicate, at), word)
    for predicate in available:
        followed = word_places.get(predicate, ())
        for at in range(_MOST_ARGUMENTS):
            if at not in followed:
                words[predicate, at] = None
    readers: dict[str, list[Rule]] = {}
    for rule in rules:
        for predicate in rule.needs:
            readers.setdefault(predicate, []).append(rule)
    kept: dict[int, Rule] = {}
    waiting = list(rules)
    queued = {rule.number for rule in rules}
    while waiting:
        rule = waiting.pop()
        queued.discard(rule.number)
        if not rule.needs <= available:
            continue
        bound = _meet(rule, words)
        if bound is None:
            continue
        kept[rule.number] = rule
        if _conclude(rule, bound, available, words):
            for reader in readers.get(rule.head.predicate, ()):
                if reader.number not in queued:
                    queued.add(reader.number)
                    waiting.append(reader)
    return tuple(kept[number] for number in sorted(kept))


_MOST_ARGUMENTS = 8
_FOR_PROOFS = ("", -1, "")


def _word_places(vocabulary: Vocabulary) -> dict[str, tuple[int, ...]]:
    return {
        p.name: tuple(i for i, kind in enumerate(p.kinds) if vocabulary.kinds[kind].base == "word")
        for p in vocabulary.predicates.values()
        if p.given
    }


def _add(words: dict[_Place, set[str] | None], place: _Place, word: str) -> bool:
    known = words.setdefault(place, set())
    if known is None or word in known:
        return False
    known.add(word)
    return True


def _meet(rule: Rule, words: Mapping[_Place, set[str] | None]) -> dict[str, set[str]] | None:
    """The words that each variable may take under the positive conditions; None where two conditions cannot meet."""
    bound: dict[str, set[str]] = {}
    for item in rule.body:
        if not isinstance(item, Literal) or item.negated:
            continue
        for at, argument in enumerate(item.atom.arguments):
            possible = words.get((item.atom.predicate, at))
            if possible is None:
                continue
            if isinstance(argument, Variable):
                known = bound.get(argument.name)
                met = possible if known is None else known & possible
                if not met:
                    return None
                bound[argument.name] = met
            elif isinstance(argument, str) and argument not in possible:
                return None
    return bound


def _conclude(
    rule: Rule, bound: Mapping[str, set[str]], available: set[str], words: dict[_Place, set[str] | None]
) -> bool:
    """Note what the rule may conclude; whether that is new."""
    predicate = rule.head.predicate
    changed = predicate not in available
    available.add(predicate)
    for at, argument in enumerate(rule.head.arguments):
        place = (predicate, at)
        if isinstance(argument, Variable):
            if argument.name in bound:
                for word in bound[argument.name]:
                    changed |= _add(words, place, word)
            elif words.get(place, ()) is not None:
                words[place] = None
                changed = True
        elif isinstance(argument, str):
            changed |= _add(words, place, argument)
        elif words.get(place, ()) is not None:
            words[place] = None
            changed = True
    return changed


def claim_free(rules: Sequence[Rule], vocabulary: Vocabulary, besides: Iterable[str] = ()) -> frozenset[str]:
    """The derived predicates that rest on whole published predicates and on ``besides``: the same for all claims."""
    whole = {p.name for p in vocabulary.predicates.values() if p.stored and not p.slice_arguments and not p.derived}
    known = whole | set(besides)
    heads: dict[str, list[Rule]] = {}
    for rule in rules:
        heads.setdefault(rule.head.predicate, []).append(rule)
    given = {p.name for p in vocabulary.predicates.values() if p.given}
    found: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, concluding in heads.items():
            own = known | found | {name}
            if name not in found and name not in given and all(rule.reads <= own for rule in concluding):
                found.add(name)
                changed = True
    return frozenset(found)


def rules_toward(rules: Sequence[Rule], goals: Iterable[str]) -> tuple[Rule, ...]:
    """The rules on which any of the goal predicates rests, directly or not."""
    by_head: dict[str, list[Rule]] = {}
    for rule in rules:
        by_head.setdefault(rule.head.predicate, []).append(rule)
    wanted = set(goals)
    waiting = list(wanted)
    kept: set[int] = set()
    while waiting:
        for rule in by_head.get(waiting.pop(), ()):
            if rule.number not in kept:
                kept.add(rule.number)
                new = rule.reads - wanted
                wanted |= new
                waiting.extend(new)
    return tuple(rule for rule in rules if rule.number in kept)
