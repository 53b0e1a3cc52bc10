"""A proof as JSON, whole, and back: what one program proves another can check.

An atom is ``{"predicate": ..., "arguments": [...]}``, its arguments as in rule text: a number is a number, a word is
``"never"``, a text keeps its quotes (``"\\"62323\\""``), an open argument of a pattern is null. Sentences, the places
of rules and the titles of sources are there for a reader; reading back leaves them aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import (
    Compares,
    Counts,
    Holds,
    Lacks,
    Member,
    NearMiss,
    Origin,
    Pattern,
    Premise,
    Proof,
    Search,
    Step,
)
from claimlogic.reports.wording import Wording
from claimlogic.terms import Atom, Term, plain

_FORMAT = 1


def proof_json(proof: Proof, knowledge: Knowledge) -> str:
    """The whole proof as one JSON object on one line, keys sorted."""
    wording = Wording(knowledge)
    used = {step.rule for steps in proof.steps.values() for step in steps}
    used |= {miss.rule for search in proof.searches.values() for miss in search.near_misses}
    rules = {rule.number: rule for rule in knowledge.rules}
    document = {
        "format": _FORMAT,
        "claim": proof.claim,
        "version": proof.version,
        "roots": [_atom(root) for root in proof.roots],
        "steps": [
            {"atom": _atom(atom), "sentence": wording.sentence(atom), "steps": [_step(s) for s in proof.steps[atom]]}
            for atom in sorted(proof.steps, key=str)
        ],
        "searches": [
            {**_search(proof.searches[pattern]), "sentence": wording.no_evidence(pattern)}
            for pattern in sorted(proof.searches, key=str)
        ],
        "facts": [
            {
                "atom": _atom(atom),
                "sentence": wording.sentence(atom),
                "given_by_claim": not proof.facts[atom],
                "origins": [_origin(origin) for origin in proof.facts[atom]],
            }
            for atom in sorted(proof.facts, key=str)
        ],
        "rules": [{"number": n, "place": rules[n].place, "text": rules[n].text} for n in sorted(used) if n in rules],
        "sources": _sources(proof, knowledge),
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(", ", ": "))


def proof_from_json(text: str) -> Proof:
    """The proof that ``proof_json`` wrote. Raises ValueError for text that is no such proof."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError("this is not a proof in a format that is known here")
    try:
        return Proof(
            claim=document["claim"],
            roots=tuple(_read_atom(root) for root in document["roots"]),
            steps={_read_atom(e["atom"]): tuple(_read_step(s) for s in e["steps"]) for e in document["steps"]},
            searches={_read_pattern(e["pattern"]): _read_search(e) for e in document["searches"]},
            facts={_read_atom(e["atom"]): tuple(Origin(**o) for o in e["origins"]) for e in document["facts"]},
            version=document["version"],
        )
    except (KeyError, TypeError) as fault:
        raise ValueError(f"this proof cannot be read: {fault}") from fault


def _sources(proof: Proof, knowledge: Knowledge) -> Mapping[str, Mapping[str, str]]:
    cited = {origin.source for origins in proof.facts.values() for origin in origins if origin.source}
    if "source" not in knowledge.store.predicates:
        return {}
    return {
        str(source): {"authority": str(authority), "title": plain(title), "edition": plain(edition)}
        for source, authority, title, edition in knowledge.store.match("source", (None,) * 4)
        if source in cited
    }


def _atom(atom: Atom) -> dict[str, Any]:
    return {"predicate": atom.predicate, "arguments": list(atom.arguments)}


def _pattern(pattern: Pattern) -> dict[str, Any]:
    return {"predicate": pattern.predicate, "arguments": list(pattern.arguments)}


def _origin(origin: Origin) -> dict[str, Any]:
    return {name: getattr(origin, name) for name in ("source", "where", "file", "line", "note")}


def _step(step: Step) -> dict[str, Any]:
    return {"rule": step.rule, "values": _values(step.values), "premises": [_premise(p) for p in step.premises]}


def _search(search: Search) -> dict[str, Any]:
    return {
        "pattern": _pattern(search.pattern),
        "found": [_atom(atom) for atom in search.found],
        "near_misses": [
            {
                "rule": miss.rule,
                "values": _values(miss.values),
                "held": [_premise(p) for p in miss.held],
                "failed": _failed(miss.failed),
            }
            for miss in search.near_misses
        ],
    }


def _failed(failed: Pattern | Holds | Compares | Counts) -> dict[str, Any]:
    return {"missing": _pattern(failed)} if isinstance(failed, Pattern) else _premise(failed)


def _values(values: Iterable[tuple[str, Term]]) -> list[list[Term]]:
    return [[name, value] for name, value in values]


def _premise(premise: Premise) -> dict[str, Any]:
    match premise:
        case Holds(atom):
            return {"holds": _atom(atom)}
        case Lacks(pattern):
            return {"lacks": _pattern(pattern)}
        case Compares(left, operator, right):
            return {"compares": [left, operator, right]}
        case Counts(function, value, guards, members):
            return {
                "counts": function,
                "value": value,
                "guards": [list(guard) for guard in guards],
                "members": [{"values": list(m.values), "atoms": [_atom(a) for a in m.atoms]} for m in members],
            }


def _read_atom(encoded: Mapping[str, Any]) -> Atom:
    return Atom(encoded["predicate"], tuple(encoded["arguments"]))


def _read_pattern(encoded: Mapping[str, Any]) -> Pattern:
    return Pattern(encoded["predicate"], tuple(encoded["arguments"]))


def _read_values(encoded: Sequence[Sequence[Any]]) -> tuple[tuple[str, Term], ...]:
    return tuple((name, value) for name, value in encoded)


def _read_step(encoded: Mapping[str, Any]) -> Step:
    return Step(encoded["rule"], _read_values(encoded["values"]), tuple(map(_read_premise, encoded["premises"])))


def _read_search(encoded: Mapping[str, Any]) -> Search:
    misses = tuple(
        NearMiss(m["rule"], _read_values(m["values"]), tuple(map(_read_premise, m["held"])), _read_failed(m["failed"]))
        for m in encoded["near_misses"]
    )
    return Search(_read_pattern(encoded["pattern"]), tuple(map(_read_atom, encoded["found"])), misses)


def _read_failed(encoded: Mapping[str, Any]) -> Pattern | Holds | Compares | Counts:
    if "missing" in encoded:
        return _read_pattern(encoded["missing"])
    failed = _read_premise(encoded)
    if isinstance(failed, Lacks):
        raise TypeError("an absence cannot be what failed")
    return failed


def _read_premise(encoded: Mapping[str, Any]) -> Premise:
    match encoded:
        case {"holds": atom}:
            return Holds(_read_atom(atom))
        case {"lacks": pattern}:
            return Lacks(_read_pattern(pattern))
        case {"compares": [left, operator, right]}:
            return Compares(left, operator, right)
        case {"counts": function, "value": value, "guards": guards, "members": members}:
            read = tuple(Member(tuple(m["values"]), tuple(map(_read_atom, m["atoms"]))) for m in members)
            return Counts(function, value, tuple((op, bound) for op, bound in guards), read)
    raise KeyError("no such premise")
