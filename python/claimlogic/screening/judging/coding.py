"""A part with numbers in the place of texts: wide relations of claims and lines, and the shapes of claims.

A text has the number of the dictionary, or else a further one for the part. Texts of lines that no published fact and
no rule could name, such as who did the service, are mostly numbers as they are written: then nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from claimlogic.knowledge.flow import Flow, Place
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.fusing import CLAIMS, LINES, NO_NUMBER, NO_TEXT, Wide
from claimlogic.screening.compiling.plan import NUMBER, TEXT
from claimlogic.screening.compiling.shaping import SHAPE_DAYS, SHAPES
from claimlogic.screening.part import DAY, Part, PartLayout
from claimlogic.screening.published.dictionary import WORDS, Dictionary

if TYPE_CHECKING:
    import duckdb

    from claimlogic.screening.compiling.bulk_program import BulkProgram

PART_WORDS = "coded_words"
# Below them stand the numbers that texts are given; a column of larger ones holds what a text says itself.
_FIRST_OWN, _LAST_OWN = 2**32, 10**17
_TOLD_LINES = "part_line_numbers"
# One relation of a part: a modifier, and that with its place.
_WITHOUT_PLACE, _PLACED = "modifier", "modifier_position"
_TABLES = {CLAIMS: "coded_claims", LINES: "coded_lines", SHAPES: "coded_shapes", SHAPE_DAYS: "coded_shape_days"}


@dataclass(frozen=True, slots=True)
class Coding:
    """How parts are coded: the wide relations, and what of them and of the other relations is read.

    ``claim_columns``, ``line_columns`` are the predicates whose columns are read, ``shape_columns`` those that make a
    claim's shape, ``relations`` the other predicates that are read. ``own`` are columns of lines whose texts are held
    against nothing but each other.
    """

    vocabulary: Vocabulary
    layout: PartLayout
    claims: Wide
    lines: Wide
    claim_columns: frozenset[str]
    line_columns: frozenset[str]
    shape_columns: tuple[str, ...]
    relations: frozenset[str]
    own: frozenset[str]
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
            own=self.own & other.own,
        )

    def code(self, connection: duckdb.DuckDBPyConnection, part: Part, strict_dates: bool) -> None:
        """Make the relations of a part that are read."""
        self._number_texts(connection, part)
        self._tell_lines(connection, part)
        if self._has_unnumbered(connection):
            replace(self, own=frozenset()).code(connection, part, strict_dates)
            return
        self._code_claims(connection, part)
        connection.execute(
            f"CREATE OR REPLACE TABLE coded_lines AS SELECT l.a0, l.a1, c.a1 AS a2{_listed(self._line_places, 'l')}"
            f" FROM {_TOLD_LINES} l JOIN coded_claims c ON c.a0 = l.a0"
        )
        for predicate in sorted(self.relations, key=lambda predicate: (predicate == _WITHOUT_PLACE, predicate)):
            connection.execute(f'CREATE OR REPLACE TABLE "coded_{predicate}" AS {self._relation(predicate, part)}')
        connection.execute(
            "CREATE OR REPLACE TABLE coded_strict_dates AS SELECT a0 FROM coded_shapes"
            f" WHERE {str(strict_dates).lower()}"
        )

    def _number_texts(self, connection: duckdb.DuckDBPyConnection, part: Part) -> None:
        texts = []
        if of_claims := self._texts(self.claim_columns):  # These hold few words, so claims are read once for all.
            columns = ", ".join(f'"{column}"' for column in of_claims)
            texts.append(f'SELECT unnest([{columns}]) AS text FROM (SELECT DISTINCT {columns} FROM "{part.claims}")')
        texts += [
            f'SELECT DISTINCT "{c}" AS text FROM "{part.lines}"' for c in self._texts(self.line_columns - self.own)
        ]
        found = {
            (part.relations[base], name)
            for predicate in self.relations
            if (base := _stored_as(predicate)) in part.relations
            for name, kind in self._arguments(predicate)
            if self._is_text(kind)
        }
        texts += [f'SELECT DISTINCT "{name}" AS text FROM "{relation}"' for relation, name in sorted(found)]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {PART_WORDS} AS SELECT p.text, coalesce(w.id,"
            f" {self.dictionary.size} + (row_number() OVER ())::INTEGER) AS id"
            f" FROM ({' UNION '.join(texts) or 'SELECT NULL AS text'}) p LEFT JOIN {WORDS} w USING (text)"
            " WHERE p.text IS NOT NULL"
        )

    def _texts(self, columns: Collection[str]) -> list[str]:
        return sorted(c for c in columns if self._is_text(self.vocabulary.predicates[c].kinds[-1]))

    def _is_text(self, kind: str) -> bool:
        """Whether a value of a kind is held by the number of its text; claims have numbers of their own."""
        return kind != "claim" and self.vocabulary.kinds[kind].base != NUMBER

    def _arguments(self, predicate: str) -> list[tuple[str, str]]:
        """The arguments of a predicate with their kinds."""
        declared = self.vocabulary.predicates[predicate]
        return list(zip(declared.arguments, declared.kinds, strict=True))

    def _tell_lines(self, connection: duckdb.DuckDBPyConnection, part: Part) -> None:
        """Make a table of the lines as they are coded, but for the shapes of their claims, which rest on them."""
        cells, joins = self._cells(self.lines, self.line_columns)
        told = "".join(f", {cell} AS a{i}" for i, cell in cells.items())
        day = "" if self._day_place in cells else f', p."{DAY}" AS a{self._day_place}'
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_TOLD_LINES} AS SELECT p.C AS a0, p.L AS a1{told}{day}"
            f' FROM (SELECT *{self._own_numbers()} FROM "{part.lines}") p {joins}'
        )

    def _own_numbers(self) -> str:
        """The texts of lines that are to be their own numbers as what they are when read as such."""
        return "".join(
            f', TRY_CAST("{column}" AS BIGINT) AS "own_{column}"' for column in sorted(self.own & self.line_columns)
        )

    def _has_unnumbered(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether a text that was to be its own number is none."""
        places = [self.lines.columns[column] for column in self.own & self.line_columns]
        missing = " OR ".join(f"a{place} IS NULL" for place in places)
        return bool(
            places and connection.execute(f"SELECT 1 FROM {_TOLD_LINES} WHERE {missing} LIMIT 1").fetchone() is not None
        )

    @property
    def _day_place(self) -> int:
        return self.lines.columns[DAY]

    @property
    def _line_places(self) -> list[int]:
        return sorted(self.lines.columns[column] for column in self.line_columns)

    def _code_claims(self, connection: duckdb.DuckDBPyConnection, part: Part) -> None:
        cells, joins = self._cells(self.claims, self.claim_columns)
        day = f"a{self._day_place}"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_days AS SELECT a0, min({day}) AS first, max({day}) AS last"
            f" FROM {_TOLD_LINES} GROUP BY a0"
        )
        # Most claims have one day or two, and then the first and the last tell all.
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_day_sets AS SELECT a0, list_sort(list(DISTINCT {day})) AS middle"
            f" FROM {_TOLD_LINES} JOIN (FROM part_days WHERE first <> last) USING (a0)"
            f" WHERE {day} > first AND {day} < last GROUP BY a0"
        )
        shape = [self.claims.columns[c] for c in self.shape_columns if c in self.claim_columns]
        told = "".join(f", {cell} AS a{i}" for i, cell in cells.items())
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_told AS SELECT p.C AS a0{told},"
            f" coalesce(d.first, 0) AS first, coalesce(d.last, 0) AS last, coalesce(s.middle, []) AS middle"
            f' FROM "{part.claims}" p {joins} LEFT JOIN part_days d ON d.a0 = p.C'
            " LEFT JOIN part_day_sets s ON s.a0 = p.C"
        )
        words = [f"a{i}" for i in shape]
        by = ", ".join([*words, "first", "last", "middle"])
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part_shapes AS SELECT (row_number() OVER (ORDER BY {by}))::INTEGER AS S, *"
            f" FROM (SELECT DISTINCT {by} FROM part_told)"
        )
        connection.execute(
            f"CREATE OR REPLACE TABLE coded_claims AS SELECT a0, S AS a1{_listed(cells, 't')}"
            f" FROM part_told t JOIN part_shapes USING ({by})"
        )
        shaped = "".join(f", a{i}" for i in shape)
        connection.execute(f"CREATE OR REPLACE TABLE coded_shapes AS SELECT S AS a0, S AS a1{shaped} FROM part_shapes")
        connection.execute(
            f"CREATE OR REPLACE TABLE coded_shape_days AS SELECT S AS a0, 0 AS a1, S AS a2, day AS {day} FROM"
            " (SELECT DISTINCT S, unnest([first] || middle || [last]) AS day FROM part_shapes WHERE first <> 0)"
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
            elif wide is self.lines and predicate in self.own:
                cells[place] = _own_number(predicate)
            else:
                cells[place] = f"coalesce(w{place}.id, {NO_TEXT})"
                joins.append(f'LEFT JOIN {PART_WORDS} w{place} ON w{place}.text = p."{predicate}"')
        return cells, " ".join(joins)

    def _relation(self, predicate: str, part: Part) -> str:
        """SQL of another relation that claims give."""
        if predicate == "day":
            return self._days(part)
        arguments = self._arguments(predicate)
        if predicate == _WITHOUT_PLACE and _PLACED in self.relations:
            return f'SELECT {", ".join(f"a{i}" for i in range(len(arguments)))} FROM "coded_{_PLACED}"'
        name = part.relations.get(_stored_as(predicate))
        if name is None:
            return f"SELECT {', '.join(f'0 AS a{i}' for i in range(len(arguments)))} WHERE false"
        cells, joins = [], []
        for i, (argument, kind) in enumerate(arguments):
            if self._is_text(kind):
                cells.append(f"w{i}.id AS a{i}")
                joins.append(f'JOIN {PART_WORDS} w{i} ON w{i}.text = p."{argument}"')
            else:
                cells.append(f'p."{argument}" AS a{i}')
        return f'SELECT {", ".join(cells)} FROM "{name}" p {" ".join(joins)}'

    def _days(self, part: Part) -> str:
        """Every day that occurs, with its number."""
        columns = [f"SELECT DISTINCT a{self._day_place} AS d FROM {_TOLD_LINES}"]
        for predicate, table in part.relations.items():
            columns += [f'SELECT "{name}" FROM "{table}"' for name, kind in self._arguments(predicate) if kind == "day"]
        number = "make_date(d // 10000, d // 100 % 100, d % 100) - DATE '0001-01-01' + 1"
        return f"SELECT d AS a0, ({number})::INTEGER AS a1 FROM ({' UNION '.join(columns)})"


def coding_of(
    program: BulkProgram, layout: PartLayout, vocabulary: Vocabulary, dictionary: Dictionary, rules: Iterable[Rule]
) -> Coding:
    """How parts are coded for a program, which was made of ``rules``."""
    read = program.relations_read()
    claims, lines = program.claims, program.lines
    of_claims = program.read(CLAIMS) | program.read(SHAPES)
    relations = {p for p in read if p in layout.relations or p in ("day", _PLACED)}
    flow = Flow(rules)
    own = {
        p
        for p in layout.line_columns
        if vocabulary.kinds[vocabulary.predicates[p].kinds[-1]].base == TEXT
        and _is_own(flow, (p, lines.key), layout, vocabulary)
    }
    return Coding(
        vocabulary,
        layout,
        claims,
        lines,
        frozenset(p for p, at in claims.columns.items() if at in of_claims),
        frozenset(p for p, at in lines.columns.items() if at in program.read(LINES)),
        tuple(p for p in program.shape_columns if claims.columns[p] in program.read(SHAPES)),
        frozenset(relations),
        frozenset(own),
        dictionary,
    )


def _is_own(flow: Flow, place: Place, layout: PartLayout, vocabulary: Vocabulary) -> bool:
    """Whether what stands at a place is held against nothing but columns of lines."""
    met = {predicate for predicate, _ in flow.places(place) if predicate in vocabulary.predicates}
    given = {p for p in met if vocabulary.predicates[p].givers}
    return not flow.constants(place) and given <= set(layout.line_columns)


def _own_number(column: str) -> str:
    """SQL of the number that a text is; NULL where it is none, or not written as a number is."""
    text, number = f'p."{column}"', f'p."own_{column}"'
    whole = f"{number}::VARCHAR = {text} AND {number} BETWEEN 0 AND {_LAST_OWN}"
    return f"CASE WHEN {text} IS NULL THEN {NO_TEXT} WHEN {whole} THEN {number} + {_FIRST_OWN} END"


def _listed(places: Iterable[int], table: str) -> str:
    return "".join(f", {table}.a{i}" for i in sorted(places))


def _stored_as(predicate: str) -> str:
    return _WITHOUT_PLACE if predicate == _PLACED else predicate
