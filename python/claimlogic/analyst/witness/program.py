"""The program in which two versions judge the same claim, and one search in it.

A predicate that differs stands in the program twice, under a name for each version; one that does not stands in it
once, and both read it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from claimlogic.analyst.witness.domains import Domain, Domains
from claimlogic.analyst.witness.pairing import Pairing, Side, projected, renamed
from claimlogic.claims.shapes import calendar
from claimlogic.knowledge.rules import AtomPattern, Rule
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.search.program import Search, query_text
from claimlogic.terms import Atom, text

_OPTIONS = ("trust", "strict_dates")
_OF = {"base": "_base_", "draft": "_draft_"}


@dataclass(frozen=True, slots=True)
class Question:
    """Whether predicates can differ: the program without a number of lines, and what claims may say."""

    names: tuple[str, ...]
    text: str
    domain: Domain
    shown: tuple[tuple[str, int], ...]

    @property
    def of_claims(self) -> bool:
        """Whether it asks about anything that a claim says."""
        return any(place[0] not in _OPTIONS for place in self.domain.values)

    def with_text(self, more: str) -> Question:
        """The same question with more rule text."""
        return replace(self, text=f"{self.text}\n{more}")

    def search(self, lines: int) -> Search:
        """The question about claims of just so many lines, grounded."""
        facts = [Atom("numbered", (n,)) for n in range(1, lines + 1)]
        return Search(facts, (), [self.text, query_text("witness")], self.shown)


def question(
    pairing: Pairing,
    names: Sequence[str],
    differing: Collection[str],
    domains: Domains,
    codes: Iterable[str] | None = None,
    whole: bool = False,
) -> Question:
    """Whether one of ``names`` can differ, where those in ``differing`` may as well, and nothing else does.

    With ``codes`` claims have no others; with ``whole`` all published facts are there, whatever codes they name.
    """
    apart = {*differing, *names}
    wanted = [(name, version) for name in names for version in _OF]
    rules: list[Rule] = []
    seen = set(wanted)
    stored: dict[tuple[str, str], None] = {}
    while wanted:
        name, version = wanted.pop()
        side = pairing.base if version == "base" else pairing.draft
        if name in pairing.vocabulary.predicates and pairing.vocabulary.predicates[name].stored:
            stored[name, version] = None
        for rule in side.rules.get(name, ()):
            rules.append(renamed(rule, _namer(version, apart)))
            for read in rule.reads:
                key = (read, version if read in apart else "base")
                if key not in seen:
                    seen.add(key)
                    wanted.append(key)
    inside = pairing.cone(names)
    plain = [renamed(rule, lambda atom: _plain(atom.predicate)) for rule in rules]
    domain = domains.domain(plain, [layer & inside for layer in pairing.nearest], codes)
    program = [*_facts(pairing, domain, stored, apart, whole), *map(projected, rules)]
    program += claim_facts_of(domain)
    program += [_difference(pairing, name, apart) for name in names]
    program.append("#defined lost/1. #defined gained/1. :- not lost(_), not gained(_). sorted_from(2).")
    shown = (*claim_signatures(pairing.vocabulary), ("lost", 1), ("gained", 1))
    return Question(tuple(names), "\n".join(program), domain, shown)


def lost(name: str) -> Atom:
    """That the base concludes the predicate of the first line and the draft does not."""
    return Atom("lost", (text(name),))


def gained(name: str) -> Atom:
    """That the draft concludes the predicate of the first line and the base does not."""
    return Atom("gained", (text(name),))


def named(name: str, version: str, apart: Collection[str] | None = None) -> str:
    """What a predicate is called in the program: each version's own, where it is among those that stand ``apart``."""
    return f"{_OF[version]}{name}" if apart is None or name in apart else name


def _namer(version: str, apart: Collection[str]) -> Callable[[AtomPattern], str]:
    return lambda atom: named(atom.predicate, version, apart)


def _plain(name: str) -> str:
    for prefix in _OF.values():
        name = name.removeprefix(prefix)
    return name


def _facts(
    pairing: Pairing, domain: Domain, stored: Collection[tuple[str, str]], apart: Collection[str], whole: bool
) -> list[str]:
    found = []
    for name, version in stored:
        side: Side = pairing.base if version == "base" else pairing.draft
        label = named(name, version, apart)
        if name not in side.store.predicates:
            continue
        if whole:
            rows = side.store.match(name, (None,) * len(pairing.vocabulary.predicates[name].kinds))
        else:
            rows = [fact.arguments for fact in side.store.slice(name, domain.touched)]
        found += [f"{Atom(label, row)}." for row in rows]
    return found


def claim_facts_of(domain: Domain) -> list[str]:
    """What a claim may say, as the facts that queries/witness.lp is given."""
    found = [f"may({name},{at},{value})." for (name, at), values in domain.values.items() for value in values]
    found += [f"rank({code},{n})." for n, code in enumerate(domain.touched.get("code", ()))]
    found += [f"day({day},{calendar(day).toordinal()})." for day in domain.days]
    found += [f"older({day},{n})." for n, day in enumerate(reversed(domain.days))]
    return found


def _difference(pairing: Pairing, name: str, apart: Collection[str]) -> str:
    """Rules for ``lost`` (only the base has it) and ``gained`` (only the draft), on line 1 where it is of a line."""
    kinds = pairing.kinds(name)
    arguments = [f"X{at}" for at in range(len(kinds))]
    if "line" in kinds:
        arguments[kinds.index("line")] = "1"
    listed = f"({', '.join(arguments)})" if arguments else ""
    base, draft = (f"{named(name, version, apart)}{listed}" for version in _OF)
    defined = f"#defined {_OF['base']}{name}/{len(kinds)}. #defined {_OF['draft']}{name}/{len(kinds)}."
    return f'lost("{name}") :- {base}, not {draft}.\ngained("{name}") :- {draft}, not {base}.\n{defined}'


def claim_signatures(vocabulary: Vocabulary) -> tuple[tuple[str, int], ...]:
    """Every predicate by which a claim says something, with its number of arguments."""
    return tuple(sorted((p.name, len(p.kinds)) for p in vocabulary.predicates.values() if "claim" in p.givers))
