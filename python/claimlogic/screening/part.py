"""A part: a bounded set of claims staged as relations of a DuckDB connection.

Which relations there are, and which columns they have, follows from the vocabulary. A predicate that the claim gives
and that has one value for a claim, or for a line, is a column named after it, of the relation of claims or of lines;
NULL where the claim does not say. Every other one is a relation of its own, with a column for each argument. A text is
VARCHAR without quotes, a number or a day (YYYYMMDD) INTEGER. ``C`` numbers the claims of a part in the order of their
ids, from 1. No row stands twice; a relation may be a view.

- ``part_claims(C, claim_id, form, ...)`` and ``part_lines(C, L, line, units, service_date, ...)``. A line's code, units
  and service date are never NULL.
- ``part_modifier(C, L, M, N)``: a modifier and its place on the line. Written twice, it stands where it stands first.
- ``part_diagnosis(C, Dx)`` holds what lines point to as well.
- ``bill_type`` is the facility type, two digits, as in ``claims/facts.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import Term, plain

if TYPE_CHECKING:
    import duckdb

CLAIMS, LINES = "part_claims", "part_lines"

# The columns of a line's code and of its day.
CODE, DAY = "line", "service_date"

_CLAIM, _LINE = ("claim",), ("claim", "line")
# Of these the relation of claims or of lines tells, or the options of a run.
_NO_RELATION = frozenset({"claim", "day", "trust", "strict_dates"})
# A modifier and its place are two predicates and one relation.
_WITH_PLACE, _PLACED = "modifier", "modifier_position"
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """The names of a part's relations: of claims, of lines, and by predicate those of the others.

    A predicate that is not named has no rows.
    """

    claims: str = CLAIMS
    lines: str = LINES
    relations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartLayout:
    """What a part looks like: for each relation its columns and their SQL types.

    ``claim_columns`` and ``line_columns`` are the predicates that are columns, ``relations`` the others.
    """

    claim_columns: tuple[str, ...]
    line_columns: tuple[str, ...]
    relations: tuple[str, ...]
    tables: Mapping[str, tuple[tuple[str, str], ...]]


def part_layout(vocabulary: Vocabulary) -> PartLayout:
    """The layout of parts by a vocabulary."""
    types = {p.name: _types(p, vocabulary) for p in vocabulary.predicates.values()}
    given = [p for p in vocabulary.predicates.values() if "claim" in p.givers and p.name not in _NO_RELATION]
    claims = [p.name for p in given if _is_column(p, _CLAIM)]
    lines = [p.name for p in given if _is_column(p, _LINE)]
    others = [p.name for p in given if p.name not in {*claims, *lines, _PLACED}]
    tables = {
        CLAIMS: (("C", "INTEGER"), ("claim_id", "VARCHAR"), *((name, types[name][-1]) for name in claims)),
        LINES: (("C", "INTEGER"), ("L", "INTEGER"), *((name, types[name][-1]) for name in lines)),
    }
    for name in others:
        declared = vocabulary.predicates[_PLACED if name == _WITH_PLACE else name]
        tables[f"part_{name}"] = tuple(zip(declared.arguments, types[declared.name], strict=True))
    return PartLayout(tuple(claims), tuple(lines), tuple(others), tables)


def part_of(layout: PartLayout) -> Part:
    """The part whose relations have the names that the layout gives them."""
    return Part(CLAIMS, LINES, {name: f"part_{name}" for name in layout.relations})


def create_part(connection: duckdb.DuckDBPyConnection, vocabulary: Vocabulary) -> Part:
    """Make the relations of a part, all of them empty, in the place of those of an earlier part."""
    layout = part_layout(vocabulary)
    for name, columns in layout.tables.items():
        told = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        connection.execute(f'CREATE OR REPLACE TABLE "{name}"({told})')
    return part_of(layout)


def stage_claims(
    connection: duckdb.DuckDBPyConnection, claims: Sequence[tuple[str, Claim]], vocabulary: Vocabulary
) -> Part:
    """Stage claims, each with the id by which it is told apart, as a part. Raises ValueError for an id given twice."""
    if len({name for name, _ in claims}) != len(claims):
        raise ValueError("two claims of a part have one id")
    part = create_part(connection, vocabulary)
    layout = part_layout(vocabulary)
    rows: dict[str, list[tuple[int | str | None, ...]]] = defaultdict(list)
    for number, (name, claim) in enumerate(sorted(claims, key=lambda one: one[0].encode()), start=1):
        _add_claim(rows, layout, number, name, claim)
    for table, columns in layout.tables.items():
        _insert(connection, table, [kind for _, kind in columns], list(dict.fromkeys(rows[table])))
    return part


def _is_column(predicate: Predicate, key: tuple[str, ...]) -> bool:
    """Whether a predicate has one value, and that for each claim or each line."""
    width = len(predicate.arguments)
    return predicate.kinds[:-1] == key and predicate.key == tuple(range(width - 1))


def _types(predicate: Predicate, vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(
        "INTEGER" if kind == "claim" or vocabulary.kinds[kind].base == "number" else "VARCHAR"
        for kind in predicate.kinds
    )


def _add_claim(
    rows: dict[str, list[tuple[int | str | None, ...]]], layout: PartLayout, number: int, name: str, claim: Claim
) -> None:
    of_claim: dict[str, int | str] = {}
    of_lines: dict[int, dict[str, int | str]] = defaultdict(dict)
    for predicate, arguments in claim_facts(claim):
        values = tuple(map(_value, arguments))
        if predicate in layout.claim_columns:
            of_claim[predicate] = values[1]
        elif predicate in layout.line_columns:
            of_lines[int(values[1])][predicate] = values[2]
        elif predicate == _PLACED:
            rows[f"part_{_WITH_PLACE}"].append((number, *values[1:]))
        elif predicate in layout.relations and predicate != _WITH_PLACE:
            rows[f"part_{predicate}"].append((number, *values[1:]))
    rows[CLAIMS].append((number, name, *(of_claim.get(column) for column in layout.claim_columns)))
    for line, told in of_lines.items():
        rows[LINES].append((number, line, *(told.get(column) for column in layout.line_columns)))


def _value(term: Term) -> int | str:
    return term if isinstance(term, int) else plain(term)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, types: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    cells = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    for start in range(0, len(rows), _BATCH):
        columns = [list(column) for column in zip(*rows[start : start + _BATCH], strict=True)]
        connection.execute(f'INSERT INTO "{table}" SELECT {cells}', columns)
