"""A program run by DuckDB: a table for each predicate, stratum by stratum."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from claimlogic.errors import InputError
from claimlogic.screening.compiling.bulk_program import scans_read
from claimlogic.screening.compiling.fusing import LINES, Wide
from claimlogic.screening.compiling.meeting import met_once
from claimlogic.screening.compiling.names import Names, names_for
from claimlogic.screening.compiling.plan import Program, RulePlan, Stratum
from claimlogic.screening.compiling.rewriting import possible, without
from claimlogic.screening.compiling.sql import round_of, rows_of, select_witnesses
from claimlogic.screening.compiling.uniform import Uniform
from claimlogic.screening.compiling.unique import Keys
from claimlogic.screening.judging.looks import Looks
from claimlogic.screening.part import CODE, DAY

if TYPE_CHECKING:
    import duckdb

DIALECT = DuckDB


def run_program(
    connection: duckdb.DuckDBPyConnection,
    program: Program,
    given: Mapping[str, str],
    notes: Mapping[str, Sequence[str]] | None = None,
) -> Names:
    """Make the tables of everything that the program concludes, and tell their names.

    ``given`` names the table or view of each given predicate, with columns ``a0``, ``a1`` ... and no NULL. Raises
    InputError where one is lacking.
    """
    if missing := sorted(program.given - set(given)):
        raise InputError(f"there is no relation of {', '.join(missing)}; register one, even if it is empty")
    names = names_for(program, given, notes)
    run_strata(connection, program, names)
    return names


def run_strata(connection: duckdb.DuckDBPyConnection, program: Program, names: Names) -> None:
    """Make the tables of everything that the program concludes, under given names."""
    Runner(program, program.strata, names).run(connection, set())


@dataclass(frozen=True, slots=True)
class _Course:
    """Strata to be run in this order, each with the predicates that it reads, and the program that tells of them.

    ``keys`` tell of the rows of what they conclude, besides what is learned as they are run.
    """

    strata: tuple[tuple[Stratum, frozenset[str]], ...]
    program: Program
    keys: Keys

    @classmethod
    def of(cls, strata: Sequence[Stratum], program: Program, keys: Keys | None = None) -> _Course:
        """The course of some strata of a program."""
        return cls(tuple((stratum, _predicates_read(stratum)) for stratum in strata), program, keys or Keys())


class Runner:
    """Makes the tables of strata for any number of parts; SQL is written once for parts that look alike.

    They do where the same tables are empty, and the same is told of all their claims. What is concluded of shapes is
    made first: it tells what is the same for all claims, and so which rules remain of the others.
    """

    def __init__(
        self,
        program: Program,
        strata: Sequence[Stratum],
        names: Names,
        shaped: Collection[str] = (),
        wides: Sequence[Wide] = (),
    ) -> None:
        """``shaped`` are the predicates whose first column is a shape, ``wides`` the relations of claims and lines."""
        self._program = program
        self._names = names
        self._shaped = frozenset(shaped)
        self._wides = wides
        of_shapes = [stratum for stratum in strata if self._shaped.issuperset(stratum.predicates)]
        others = [stratum for stratum in strata if not self._shaped.issuperset(stratum.predicates)]
        self._of_shapes, self._others = _Course.of(of_shapes, program), _Course.of(others, program)
        self._texts = {number: text for text, number in (names.numbers or {}).items()}
        self._lean: dict[Hashable, Stratum] = {}
        self._courses: dict[Hashable, _Course] = {}
        # By the numbers of strata that are kept above.
        self._steps: dict[Hashable, tuple[Step, Keys]] = {}

    def run(self, connection: duckdb.DuckDBPyConnection, empty: set[str]) -> None:
        """Make the tables. ``empty`` are the names of tables known to hold nothing; those that are made so are added.

        A rule that needs a row of an empty table is left out, and so is an absence that asks for one.
        """
        names = self._run(connection, empty, self._of_shapes, self._names)
        course = self._others
        if self._shaped:
            course = self._remaining(Looks(connection, self._names), empty)
            self._make_room(connection, course)
        self._run(connection, empty, course, names)

    def _make_room(self, connection: duckdb.DuckDBPyConnection, course: _Course) -> None:
        """Drop what was a view and is now to be a table, or was a table and is to be a view."""
        found = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        views = {name for (name,) in found}
        for stratum, _ in course.strata:
            for name in map(self._names.name, stratum.predicates):
                if stratum.inlined != (name in views):
                    connection.execute(f'DROP {"TABLE" if stratum.inlined else "VIEW"} IF EXISTS "{name}"')

    def _remaining(self, looks: Looks, empty: Collection[str]) -> _Course:
        """What remains of the strata that rest on more than shapes, with lines joined once for what asks alike."""
        wides = {wide.name: looks.of_one_shape(wide) for wide in self._wides}
        lean: list[tuple[Hashable, Stratum]] = []
        for place, (stratum, read) in enumerate(self._others.strata):
            held = [p for p in sorted(read & self._shaped) if self._names.name(p) not in empty]
            same = {p: cells for p in held if (cells := looks.cells(p)) is not None} | wides
            key = place, tuple(same.items())
            if key not in self._lean:
                self._lean[key] = Uniform(same, self._texts).read(stratum)
            lean.append((key, self._lean[key]))
        told = tuple(key for key, _ in lean)
        if told not in self._courses:
            self._courses[told] = self._course([stratum for _, stratum in lean])
        return self._courses[told]

    def _course(self, strata: Sequence[Stratum]) -> _Course:
        lines = next((wide for wide in self._wides if wide.name == LINES), None)
        ranges = self._names.keys.ranges if self._names.keys is not None else {}
        # By what a small table holds, lines are told apart before they are joined.
        large = {predicate: told for predicate, told in ranges.items() if predicate not in self._names.small}
        program, met = self._program, None
        if lines is not None:
            met = met_once(strata, program.columns, large, lines.columns[CODE], lines.columns[DAY])
        if met is None:
            return _Course.of(strata, program)
        columns, witnessed = {**program.columns, **met.columns}, program.witnessed | met.witnessed
        return _Course.of(met.strata, replace(program, columns=columns, witnessed=witnessed), Keys({}, met.ranges))

    def _run(self, connection: duckdb.DuckDBPyConnection, empty: set[str], course: _Course, names: Names) -> Names:
        """Make the tables of strata that this runner keeps; the names, with what was learned of their rows."""
        program = course.program
        if names.keys is not None:
            names = replace(names, keys=names.keys.with_(course.keys))
        for stratum, read in course.strata:
            nothing = frozenset(p for p in read if self._names.name(p) in empty)
            keys = names.keys or Keys()
            key = id(stratum), nothing, keys.of(read)
            if key not in self._steps:
                lean = _without(stratum, nothing)
                learned = keys.learned(lean) if program.given.isdisjoint(stratum.predicates) else Keys()
                self._steps[key] = step_of(lean, program, names), learned
            step, learned = self._steps[key]
            if names.keys is not None:
                names = replace(names, keys=keys.with_(learned))
            counts = step.run(connection)
            tables = {self._names.name(predicate): count for predicate, count in counts.items()}
            empty -= set(tables)
            empty |= {table for table, count in tables.items() if not count}
        return names


@dataclass(frozen=True, slots=True)
class Step:
    """Statements that make the tables of a stratum, by predicate.

    Where the stratum is recursive, ``each`` round adds what is new to the ``tables`` until there is nothing new; the
    tables of a round have ``_fresh`` and ``_next`` after their names.
    """

    first: Mapping[str, str]
    tables: tuple[str, ...] = ()
    each: tuple[str, ...] = ()

    def run(self, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        """Make the tables; how many rows each has at first."""
        counts = {}
        for predicate, statement in self.first.items():
            counted = connection.execute(statement).fetchone()
            counts[predicate] = int(counted[0]) if counted else 1  # A view may hold anything.
        if self.each and any(counts.values()):
            _repeat(connection, self)
            return dict.fromkeys(counts, 1)
        return counts


def step_of(stratum: Stratum, program: Program, names: Names) -> Step:
    """What makes the tables of a stratum of a program."""
    first, each = {}, []
    for predicate in stratum.predicates:
        rows = rows_of(stratum, predicate, program, names)
        first[predicate] = _creation(names.name(predicate), rows, "VIEW" if stratum.inlined else "TABLE")
    if not stratum.rounds:
        return Step(first)
    for predicate in stratum.predicates:
        again = round_of(stratum, predicate, names)
        width = max(1, len(program.columns[predicate]))
        new = _new(again, names, predicate, width) if again is not None else _nothing(names.name(predicate))
        each.append(_creation(names.name(predicate) + "_next", new))
    return Step(first, tuple(map(names.name, stratum.predicates)), tuple(each))


def _predicates_read(stratum: Stratum) -> frozenset[str]:
    return frozenset(scan.predicate for scan in scans_read(stratum)) - set(stratum.predicates)


def _without(stratum: Stratum, empty: Collection[str]) -> Stratum:
    """A stratum as it is where some predicates have no rows."""

    def left(plans: Sequence[RulePlan]) -> tuple[RulePlan, ...]:
        changed = (replace(plan, block=without(plan.block, empty)) for plan in plans if not plan.tallies)
        return (*possible(changed), *(plan for plan in plans if plan.tallies))

    if not empty:
        return stratum
    return replace(stratum, rules=left(stratum.rules), rounds=left(stratum.rounds))


def witnesses(
    connection: duckdb.DuckDBPyConnection, plan: RulePlan, names: Names, heads: Sequence[tuple[int | str, ...]]
) -> Iterator[dict[str, Any]]:
    """Every way in which a rule concludes one of ``heads``, in order: see ``select_witnesses``."""
    if not heads:
        return
    query = select_witnesses(plan, names, heads)
    order = [exp.column(name, quoted=True) for name in query.named_selects]
    cursor = connection.execute(query.order_by(*order).sql(dialect=DIALECT))
    columns = [column[0] for column in cursor.description or ()]
    for row in cursor.fetchall():
        yield dict(zip(columns, row, strict=True))


def _repeat(connection: duckdb.DuckDBPyConnection, step: Step) -> None:
    """Add what each round gives, until one gives nothing new."""
    for table in step.tables:
        connection.execute(f'CREATE OR REPLACE VIEW "{table}_fresh" AS FROM "{table}"')
    again, kind = True, "VIEW"
    while again:
        again = False
        for statement in step.each:
            connection.execute(statement)
        for table in step.tables:
            connection.execute(f'DROP {kind} "{table}_fresh"; ALTER TABLE "{table}_next" RENAME TO "{table}_fresh"')
            connection.execute(f'INSERT INTO "{table}" FROM "{table}_fresh"')
            counted = connection.execute(f'SELECT count(*) FROM "{table}_fresh"').fetchone()
            again = again or bool(counted and counted[0])
        kind = "TABLE"
    for table in step.tables:
        connection.execute(f'DROP TABLE "{table}_fresh"')


def _new(rows: exp.Query, names: Names, predicate: str, width: int) -> exp.Select:
    """What a round gives that is not known yet. Few rows are looked up among many: an EXCEPT would hash the many."""
    same = [
        exp.EQ(
            this=exp.column(f"a{i}", table="known", quoted=True), expression=exp.column(f"a{i}", "round", quoted=True)
        )
        for i in range(width)
    ]
    table = exp.alias_(names.table(predicate), "known", table=True, quoted=True)
    known = exp.select("1").from_(table).where(*same)
    query = exp.select("*").from_(rows.subquery(exp.to_identifier("round", quoted=True)))
    return query.where(exp.Not(this=exp.Exists(this=known)))


def _nothing(name: str) -> exp.Select:
    return exp.select("*").from_(exp.Table(this=exp.to_identifier(name, quoted=True))).where(exp.false())


def _creation(name: str, rows: exp.Query, kind: str = "TABLE") -> str:
    table = exp.Table(this=exp.to_identifier(name, quoted=True))
    return exp.Create(this=table, kind=kind, replace=True, expression=rows).sql(dialect=DIALECT, copy=False)
