"""Which rules can fire on a part, told from what its claims say at all; and which rules were asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from claimlogic.errors import InputError
from claimlogic.knowledge.liveness import Followed, Shape, followed_places, live_rules
from claimlogic.knowledge.rules import Rule, constants_of, expressions_of
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.part import Part, PartLayout
from claimlogic.sql_text import named
from claimlogic.terms import OPEN_END, plain

if TYPE_CHECKING:
    import duckdb

REPORTING = ("finding", "reported")

# (predicate, -1, "") where there are facts of it, (predicate, place, word) for each word at a place.
Said: TypeAlias = set[tuple[str, int, str]]


def rules_that_live(
    rules: Sequence[Rule], said: Said, goals: Collection[str], vocabulary: Vocabulary
) -> tuple[Rule, ...]:
    """The rules that could fire where this is said, and on which a goal rests."""
    shape = Shape(frozenset(predicate for predicate, _, _ in said), frozenset(token for token in said if token[1] >= 0))
    return rules_toward(live_rules(rules, shape, _followed(vocabulary)), goals)


def shape_of_part(
    connection: duckdb.DuckDBPyConnection, part: Part, layout: PartLayout, vocabulary: Vocabulary
) -> Said:
    """What the claims of a part say at all."""
    shape: Said = {("claim", -1, ""), ("day", -1, "")}
    places = _followed(vocabulary).words
    for table, columns in ((part.claims, layout.claim_columns), (part.lines, layout.line_columns)):
        said = _said(connection, table, columns)
        shape |= {(column, -1, "") for column in said}
        for column, words in _words(connection, table, [column for column in said if places.get(column)]).items():
            shape |= {(column, place, word) for place in places[column] for word in words}
    for predicate, table in part.relations.items():
        declared = vocabulary.predicates[predicate]
        if connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is None:
            continue
        shape.add((predicate, -1, ""))
        if predicate == "modifier":
            shape.add(("modifier_position", -1, ""))
        held = {place: declared.arguments[place] for place in places.get(predicate, ())}
        found = _words(connection, table, sorted(held.values()))
        shape |= {(predicate, place, word) for place, name in held.items() for word in found[name]}
    return shape


def followed_words(vocabulary: Vocabulary) -> Mapping[str, Sequence[int]]:
    """By predicate the places whose words decide which rules can fire."""
    return _followed(vocabulary).words


def only_rules(rules: Sequence[Rule], wanted: Collection[str]) -> tuple[Rule, ...]:
    """The rules without those that report anything else than what is wanted. Raises InputError for an unknown id."""
    known = {str(rule.head.arguments[0]) for rule in rules if rule.head.predicate in REPORTING}
    if missing := sorted(set(wanted) - known):
        raise InputError(f"no rule {missing[0]}; a rule is named by its path below rules/, as in ncci_column_two")
    return tuple(
        rule
        for rule in rules
        if rule.head.predicate not in REPORTING
        or not isinstance(rule.head.arguments[0], str)
        or rule.head.arguments[0] in wanted
    )


def check_trust(trust: str | None, vocabulary: Vocabulary) -> str | None:
    """The authority that is asked for. Raises InputError where there is none of that name."""
    known = sorted(vocabulary.kinds["authority"].constants)
    if trust is not None and trust not in known:
        raise InputError(f"no authority {trust}; choose one of {', '.join(known)}", "--trust")
    return trust


def words_of(rules: Sequence[Rule], vocabulary: Vocabulary) -> set[str]:
    """Every text and word that rules and the vocabulary hold."""
    found = {word for kind in vocabulary.kinds.values() for word in kind.constants}
    for rule in rules:
        expressions = (*rule.head.arguments, *(e for item in rule.body for e in expressions_of(item)))
        terms = (term for expression in expressions for term in constants_of(expression))
        found |= {plain(term) for term in terms if isinstance(term, str) and term != OPEN_END}
    return found


def _followed(vocabulary: Vocabulary) -> Followed:
    """Words are followed; of codes, a part touches nearly all."""
    return Followed(followed_places(vocabulary).words, {})


def _said(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> list[str]:
    """The columns of a table in which any row says something.

    Each look goes no further than to a row that says what none before it did; most rows say much the same.
    """
    said: list[str] = []
    while silent := [column for column in columns if column not in said]:
        tells = [f"{named(column)} IS NOT NULL" for column in silent]
        row = connection.execute(
            f'SELECT {", ".join(tells)} FROM "{table}" WHERE {" OR ".join(tells)} LIMIT 1'
        ).fetchone()
        if row is None:
            break
        said += [column for column, told in zip(silent, row, strict=True) if told]
    return said


def _words(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> dict[str, set[str]]:
    """The words that stand in each of some columns, which hold few."""
    if not columns:
        return {}
    rows = connection.execute(f'SELECT DISTINCT {", ".join(map(named, columns))} FROM "{table}"').fetchall()
    return {column: {row[at] for row in rows} - {None} for at, column in enumerate(columns)}
