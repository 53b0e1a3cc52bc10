"""A part with numbers in the place of texts: wide relations of claims and lines, and the shapes of claims."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.dictionary import WORDS, Dictionary
from claimlogic.screening.fusing import CLAIMS, LINES, NO_NUMBER, NO_TEXT, Wide
from claimlogic.screening.part import Part, PartLayout
from claimlogic.screening.plan import NUMBER
from claimlogic.screening.shaping import SHAPE_DAYS, SHAPES

if TYPE_CHECKING:
    import duckdb

    from claimlogic.screening.bulk_program import BulkProgram

PART_WORDS = "coded_words"
_TABLES = {CLAIMS: "coded_claims", LINES: "coded_lines", SHAPES: "coded_shapes", SHAPE_DAYS: "coded_shape_days"}


@dataclass(frozen=True, slots=True)
class Coding:
    """How parts are coded: the wide relations, and what of them and of the other relations is read.

    ``claim_columns``, ``line_columns`` are the predicates whose columns are read, ``shape_columns`` those that make a
    claim's shape, ``relations`` the other predicates that are read.
    """

    vocabulary: Vocabulary
    layout: PartLayout
    claims: Wide
    lines: Wide
    claim_columns: frozenset[str]
    line_columns: frozenset[str]
    shape_columns: tuple[str, ...]
    relations: frozenset[str]
    dictionary: Dictionary

    @property
    def names(self) -> dict[str, str]:
        """The names of the relations that are made, by predicate."""
        told = {predicate: f"coded_{predicate}" for predicate in self.relations}
        return {**_TABLES, **told, "strict_dates": "coded_strict_dates"}

    def with_(self, other: Coding) -> Coding:
        """The coding of what is read by either of two versions whose parts look alike."""
        return replace(
            self,
            claim_columns=self.claim_columns | other.claim_columns,
            line_columns=self.line_columns | other.line_columns,
            shape_columns=tuple(sorted({*self.shape_columns, *other.shape_columns})),
            relations=self.relations | other.relations,
        )

    def code(self, connection: duckdb.DuckDBPyConnection, part: Part, strict_dates: bool) -> None:
        """Make the relations of a part that are read."""
        self._number_texts(connection, part)
        self._code_claims(connection, part)
        self._code_lines(connection, part)
        for predicate in sorted(self.relations):
            connection.execute(f'CREATE OR REPLACE TABLE "coded_{predicate}" AS {self._relation(predicate, part)}')
        connection.execute(
            "CREATE OR REPLACE TABLE coded_strict_dates AS SELECT a0 FROM coded_shapes"
            f" WHERE {str(strict_dates).lower()}"
        )

    def _number_texts(self, connection: duckdb.DuckDBPyConnection, part: Part) -> None:
        texts = [f'SELECT DISTINCT "{c}" AS text FROM "{part.claims}"' for c in self._texts(self.claim_columns)]
        texts += [f'SELECT DISTINCT "{c}" FROM "{part.lines}"' for c in self._texts(self.line_columns)]
        for predicate in sorted(self.relations):
            base = _stored_as(predicate)
            declared = self.vocabulary.predicates[predicate]
            texts += [
                f'SELECT DISTINCT "{name}" FROM "{part.relations[base]}"'
                for name, kind in zip(declared.arguments, declared.kinds, strict=True)
                if base in part.relations and kind != "claim" and self.vocabulary.kinds[kind].base != NUMBER
            ]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {PART_WORDS} AS SELECT p.text, coalesce(w.id,"
            f" {self.dictionary.size} + (row_number() OVER ())::INTEGER) AS id"
            f" FROM ({' UNION '.join(texts) or 'SELECT NULL AS text'}) p LEFT JOIN {WORDS} w USING (text)"
            " WHERE p.text IS NOT NULL"
        )

    def _texts(self, columns: Collection[str]) -> list[str]:
        kinds = self.vocabulary.kinds
        return sorted(c for c in columns if kinds[self.vocabulary.predicates[c].kinds[-1]].base != NUMBER)

    def _code_claims(self, connection: duckdb.DuckDBPyConnection, part: Part) -> None:
        cells, joins = self._cells(self.claims, self.claim_columns)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_days AS SELECT C, min(service_date) AS first, max(service_date) AS last"
            f' FROM "{part.lines}" GROUP BY C'
        )
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE part_day_sets AS"
            " SELECT C, list_sort(list_distinct(list(service_date)))::VARCHAR"
            f' AS days FROM "{part.lines}" SEMI JOIN (FROM part_days WHERE first <> last) USING (C) GROUP BY C'
        )
        shape = [self.claims.columns[c] for c in self.shape_columns if c in self.claim_columns]
        told = "".join(f", {cell} AS a{i}" for i, cell in cells.items())
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_told AS SELECT p.C AS a0{told},"
            f" coalesce(d.first, 0) AS first, coalesce(d.last, 0) AS last, coalesce(s.days, '') AS days"
            f' FROM "{part.claims}" p {joins} LEFT JOIN part_days d ON d.C = p.C'
            " LEFT JOIN part_day_sets s ON s.C = p.C"
        )
        words = [f"a{i}" for i in shape]
        by = ", ".join([*words, "first", "last", "days"])
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_shapes AS SELECT (row_number() OVER (ORDER BY {by}))::INTEGER AS S, *"
            f" FROM (SELECT DISTINCT {by} FROM part_told)"
        )
        others = "".join(f", t.a{i}" for i in cells)
        connection.execute(
            f"CREATE OR REPLACE TABLE coded_claims AS SELECT a0, S AS a1{others}"
            f" FROM part_told t JOIN part_shapes USING ({by})"
        )
        shaped = "".join(f", a{i}" for i in shape)
        connection.execute(f"CREATE OR REPLACE TABLE coded_shapes AS SELECT S AS a0, S AS a1{shaped} FROM part_shapes")
        connection.execute(
            "CREATE OR REPLACE TABLE coded_shape_days AS SELECT S AS a0, 0 AS a1, S AS a2,"
            f" day AS a{self.lines.columns['service_date']} FROM"
            " (SELECT S, unnest(CASE WHEN days = '' THEN [first] ELSE days::INTEGER[] END) AS day FROM part_shapes"
            " WHERE first <> 0)"
        )

    def _code_lines(self, connection: duckdb.DuckDBPyConnection, part: Part) -> None:
        cells, joins = self._cells(self.lines, self.line_columns)
        told = "".join(f", {cell} AS a{i}" for i, cell in cells.items())
        connection.execute(
            f"CREATE OR REPLACE TABLE coded_lines AS SELECT p.C AS a0, p.L AS a1, c.a1 AS a2{told}"
            f' FROM "{part.lines}" p JOIN coded_claims c ON c.a0 = p.C {joins}'
        )

    def _cells(self, wide: Wide, columns: Collection[str]) -> tuple[dict[int, str], str]:
        """SQL of a wide relation's columns after the shape, and the joins that they need."""
        cells, joins = {}, []
        for predicate, place in wide.columns.items():
            base = wide.bases[place]
            if predicate not in columns:
                continue
            if base == NUMBER:
                cells[place] = f'coalesce(p."{predicate}", {NO_NUMBER})'
            else:
                cells[place] = f"coalesce(w{place}.id, {NO_TEXT})"
                joins.append(f'LEFT JOIN {PART_WORDS} w{place} ON w{place}.text = p."{predicate}"')
        return cells, " ".join(joins)

    def _relation(self, predicate: str, part: Part) -> str:
        """SQL of another relation that claims give."""
        declared = self.vocabulary.predicates[predicate]
        if predicate == "day":
            return self._days(part)
        bases = [NUMBER if kind == "claim" else self.vocabulary.kinds[kind].base for kind in declared.kinds]
        name = part.relations.get(_stored_as(predicate))
        if name is None:
            return f"SELECT {', '.join(f'0 AS a{i}' for i in range(len(bases)))} WHERE false"
        cells = [
            f'p."{a}"' if base == NUMBER else f"w{i}.id"
            for i, (a, base) in enumerate(zip(declared.arguments, bases, strict=True))
        ]
        joins = [
            f'JOIN {PART_WORDS} w{i} ON w{i}.text = p."{a}"'
            for i, (a, base) in enumerate(zip(declared.arguments, bases, strict=True))
            if base != NUMBER
        ]
        told = ", ".join(f"{cell} AS a{i}" for i, cell in enumerate(cells))
        return f'SELECT DISTINCT {told} FROM "{name}" p {" ".join(joins)}'

    def _days(self, part: Part) -> str:
        """Every day that occurs, with its number."""
        columns = [f'SELECT service_date AS d FROM "{part.lines}"']
        for predicate, table in part.relations.items():
            declared = self.vocabulary.predicates[predicate]
            columns += [
                f'SELECT "{name}" FROM "{table}"'
                for name, kind in zip(declared.arguments, declared.kinds, strict=True)
                if kind == "day"
            ]
        number = "make_date(d // 10000, d // 100 % 100, d % 100) - DATE '0001-01-01' + 1"
        return f"SELECT d AS a0, ({number})::INTEGER AS a1 FROM ({' UNION '.join(columns)})"


def coding_of(program: BulkProgram, layout: PartLayout, vocabulary: Vocabulary, dictionary: Dictionary) -> Coding:
    """How parts are coded for a program: a text of the dictionary has its number, any other a further one."""
    read = program.relations_read()
    claims, lines = program.claims, program.lines
    of_claims = program.read(CLAIMS) | program.read(SHAPES)
    relations = {p for p in read if p in layout.relations or p in ("day", "modifier_position")}
    return Coding(
        vocabulary,
        layout,
        claims,
        lines,
        frozenset(p for p, at in claims.columns.items() if at in of_claims),
        frozenset(p for p, at in lines.columns.items() if at in program.read(LINES)),
        tuple(p for p in program.shape_columns if claims.columns[p] in program.read(SHAPES)),
        frozenset(relations),
        dictionary,
    )


def _stored_as(predicate: str) -> str:
    return "modifier" if predicate == "modifier_position" else predicate
