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
from claimlogic.screening.compiling.meeting import CODES
from claimlogic.screening.compiling.plan import NUMBER, TEXT
from claimlogic.screening.compiling.shaping import SHAPE_DAYS, SHAPES, SPAN
from claimlogic.screening.judging.shapes import CODED_CLAIMS, CODED_SHAPE_DAYS, CODED_SHAPES, make_shapes
from claimlogic.screening.part import DAY, Part, PartLayout
from claimlogic.screening.published.dictionary import WORDS, Dictionary

if TYPE_CHECKING:
    import duckdb

    from claimlogic.screening.compiling.bulk_program import BulkProgram

PART_WORDS = "coded_words"
_TOLD_LINES = "part_line_numbers"
# Of an NPI. Numbers of so many digits are known for what they are at less cost than others, which are written again.
_USUAL_DIGITS = 10
# One relation of a part: a modifier, and that with its place.
_WITHOUT_PLACE, _PLACED = "modifier", "modifier_position"
_TABLES = {
    CLAIMS: CODED_CLAIMS,
    LINES: "coded_lines",
    SHAPES: CODED_SHAPES,
    SHAPE_DAYS: CODED_SHAPE_DAYS,
    SPAN: "coded_span",
    CODES: "coded_codes",
}


@dataclass(frozen=True, slots=True)
class Coding:
    """How parts are coded: the wide relations, and what of them and of the other relations is read.

    ``claim_columns``, ``line_columns`` are the predicates whose columns are read, ``shape_columns`` those that make a
    claim's shape, ``relations`` the other predicates that are read. ``own`` are columns of lines whose texts are held
    against nothing but each other. ``days`` tells whether anything is asked of the days of a shape: if not, its words
    are all that makes one.
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
    days: bool
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
            days=self.days or other.days,
        )

    def code(self, connection: duckdb.DuckDBPyConnection, part: Part, strict_dates: bool) -> None:
        """Make the relations of a part that are read."""
        self._number_texts(connection, part)
        if self.days:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {_TOLD_LINES} AS {self._told_lines(part)}")
        shapes = self._code_claims(connection, part)
        connection.execute(f"CREATE OR REPLACE TABLE coded_lines AS {self._lines(part, shapes)}")
        if self._has_unnumbered(connection):
            replace(self, own=frozenset()).code(connection, part, strict_dates)
            return
        connection.execute(
            "CREATE OR REPLACE TABLE coded_span AS SELECT unnest([min(d), max(d)]) AS a0"
            f" FROM ({self._line_days(part)})"
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
        connection.execute(f"CREATE OR REPLACE VIEW {_TABLES[CODES]} AS SELECT id AS a0 FROM {PART_WORDS}")

    def _texts(self, columns: Collection[str]) -> list[str]:
        return sorted(c for c in columns if self._is_text(self.vocabulary.predicates[c].kinds[-1]))

    def _is_text(self, kind: str) -> bool:
        """Whether a value of a kind is held by the number of its text; claims have numbers of their own."""
        return kind != "claim" and self.vocabulary.kinds[kind].base != NUMBER

    def _arguments(self, predicate: str) -> list[tuple[str, str]]:
        """The arguments of a predicate with their kinds."""
        declared = self.vocabulary.predicates[predicate]
        return list(zip(declared.arguments, declared.kinds, strict=True))

    def _code_claims(self, connection: duckdb.DuckDBPyConnection, part: Part) -> int:
        """Make the tables of claims and of their shapes; how many shapes there are."""
        cells, joins = self._cells(self.claims, self.claim_columns)
        words = [self.claims.columns[c] for c in self.shape_columns if c in self.claim_columns]
        days = (_TOLD_LINES, self._day_place) if self.days else None
        return make_shapes(connection, part.claims, cells, joins, words, days)

    def _told_lines(self, part: Part) -> str:
        """SQL of the lines as they are coded, but for the shapes of their claims, which rest on their days."""
        cells, joins = self._cells(self.lines, self.line_columns)
        told = "".join(f", {cell} AS a{i}" for i, cell in cells.items())
        day = "" if self._day_place in cells else f', p."{DAY}" AS a{self._day_place}'
        return f"SELECT p.C AS a0, p.L AS a1{told}{day} FROM {self._read_lines(part)} p {joins}"

    def _lines(self, part: Part, shapes: int) -> str:
        """SQL of the lines as they are coded."""
        shape, joined = ("c.a1", f" JOIN {CODED_CLAIMS} c ON c.a0 = l.a0") if shapes > 1 else (str(shapes), "")
        told = f"FROM {_TOLD_LINES} l" if self.days else f"FROM ({self._told_lines(part)}) l"
        return f"SELECT l.a0, l.a1, {shape} AS a2{_listed(self._line_places, 'l')} {told}{joined}"

    def _read_lines(self, part: Part) -> str:
        """SQL of the lines, with the texts that are to be their own numbers as what they are when read as such."""
        own = "".join(
            f', TRY_CAST("{column}" AS BIGINT) AS "own_{column}"' for column in sorted(self.own & self.line_columns)
        )
        return f'(SELECT *{own} FROM "{part.lines}")'

    def _has_unnumbered(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether a text that was to be its own number is none."""
        places = [self.lines.columns[column] for column in self.own & self.line_columns]
        missing = " OR ".join(f"a{place} IS NULL" for place in places)
        return bool(
            places and connection.execute(f"SELECT 1 FROM coded_lines WHERE {missing} LIMIT 1").fetchone() is not None
        )

    @property
    def _day_place(self) -> int:
        return self.lines.columns[DAY]

    @property
    def _line_places(self) -> list[int]:
        return sorted(self.lines.columns[column] for column in self.line_columns)

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

    def _line_days(self, part: Part) -> str:
        """SQL of the days of lines."""
        held = _TABLES[LINES] if DAY in self.line_columns else _TOLD_LINES if self.days else None
        return (
            f'SELECT "{DAY}" AS d FROM "{part.lines}"'
            if held is None
            else f"SELECT a{self._day_place} AS d FROM {held}"
        )

    def _days(self, part: Part) -> str:
        """Every day that occurs, with its number."""
        columns = [f"SELECT DISTINCT d FROM ({self._line_days(part)})"]
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
    of_shapes, of_lines = program.read(SHAPES), program.read(LINES)
    of_claims = program.read(CLAIMS) | of_shapes
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
        frozenset(p for p, at in lines.columns.items() if at in of_lines),
        tuple(p for p in program.shape_columns if claims.columns[p] in of_shapes),
        frozenset(relations),
        frozenset(own),
        SHAPE_DAYS in read,
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
    # A number of as many digits as its text has bytes is written in these, or else in powers of ten or of 16 (0x).
    digits = f"{number} BETWEEN {10 ** (_USUAL_DIGITS - 1)} AND {10**_USUAL_DIGITS - 1}"
    plain = f"{text} >= '1' AND NOT contains({text}, 'e') AND NOT contains({text}, 'E')"
    usual = f"{digits} AND strlen({text}) = {_USUAL_DIGITS} AND {plain}"
    # The complement of a number from 0 on is one below 0, which no text is given and no mark is.
    own = f"WHEN {usual} THEN ~{number} WHEN {number}::VARCHAR = {text} AND {number} >= 0 THEN ~{number}"
    return f"CASE {own} WHEN {text} IS NULL THEN {NO_TEXT} END"


def _listed(places: Iterable[int], table: str) -> str:
    return "".join(f", {table}.a{i}" for i in sorted(places))


def _stored_as(predicate: str) -> str:
    return _WITHOUT_PLACE if predicate == _PLACED else predicate
