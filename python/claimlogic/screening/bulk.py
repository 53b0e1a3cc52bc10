"""All rules of a knowledge base over parts of claims: findings and verdicts as tables of a database.

The rules are compiled to SQL once, and the published facts loaded once; then part after part is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.screening.answers import Judged, write_answers
from claimlogic.screening.bases import declared_bases
from claimlogic.screening.bulk_program import BulkProgram
from claimlogic.screening.coding import Coding, coding_of
from claimlogic.screening.dictionary import Dictionary
from claimlogic.screening.fusing import CLAIMS, LINES
from claimlogic.screening.living import (
    REPORTING,
    Said,
    check_trust,
    only_rules,
    rules_that_live,
    shape_of_facts,
    shape_of_part,
    words_of,
)
from claimlogic.screening.optimising import optimise
from claimlogic.screening.part import Part, part_layout
from claimlogic.screening.plan import NUMBER, Program
from claimlogic.screening.program import compile_rules
from claimlogic.screening.publishing import load_published
from claimlogic.screening.relations import Relations
from claimlogic.screening.run_duckdb import Step, run_strata, steps
from claimlogic.screening.shaping import SHAPES
from claimlogic.screening.sql import Names
from claimlogic.screening.unique import Keys

if TYPE_CHECKING:
    import duckdb

    from claimlogic.knowledge_base import KnowledgeBase

__all__ = ["BulkJudge", "Judged"]

GOALS = ("verdict", "claim_verdict", "finding", "reported", "disputed", "carried_forward")

# Of larger tables it is not looked up whether rows of one key ever hold on one day.
_CHECKED = 100_000


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The rules that can fire on parts of one kind, compiled."""

    program: BulkProgram
    coding: Coding
    names: Names


class BulkJudge:
    """Judges parts by one knowledge base, in one connection."""

    # Whether the database takes a `not` within a `not` that reads a row of the outermost query.
    nested = True

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        connection: duckdb.DuckDBPyConnection,
        *,
        trust: str | None = None,
        strict_dates: bool = False,
        only: Collection[str] | None = None,
    ) -> None:
        """Compile the rules and load the published facts.

        ``only`` are the ids of the rules to run: then there are findings, and neither verdicts nor disputes. Raises
        InputError, naming file and line, for a rule that cannot be compiled, and for an authority or a rule that there
        is not.
        """
        knowledge = knowledge_base.knowledge
        self._connection = connection
        self._vocabulary = knowledge.vocabulary
        self._trust = check_trust(trust, self._vocabulary)
        self._strict_dates = strict_dates
        self._layout = part_layout(self._vocabulary)
        # What some of the rules find gives no verdict.
        self._goals = GOALS if only is None else REPORTING
        rules = rules_toward(knowledge.rules, self._goals)
        self._rules = rules if only is None else only_rules(rules, only)
        self._bases = declared_bases(self._vocabulary, claim=NUMBER)
        program = self._program(self._rules)
        stored = {p for p in program.given if self._vocabulary.predicates[p].stored} | {"rule"}
        relations = Relations(connection, self._vocabulary, claim=NUMBER)
        load_published(relations, knowledge_base.store, knowledge.directory, stored)
        relations.declare("trust")
        if trust:
            connection.execute(f"INSERT INTO \"{relations.names['trust']}\" SELECT ?, '', '', '', '', 0", [trust])
        self._dictionary = Dictionary(connection, relations, self._bases, words_of(self._rules, self._vocabulary))
        self._published = shape_of_facts(self._dictionary, self._vocabulary)
        self._keys = self._known_keys()
        # What cannot be compiled is refused before any claim is read.
        self._optimised(program)
        # By the number of a program that ``_compiled`` keeps.
        self._steps: dict[int, list[Step]] = {}
        self._compiled: dict[tuple[frozenset[int], frozenset[str]], _Compiled] = {}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection in which parts are staged and answers stand."""
        return self._connection

    def judge(self, part: Part) -> Judged:
        """The answers on a part, in the place of those on the part before."""
        shape = self._published | shape_of_part(self._connection, part, self._layout, self._vocabulary)
        if self._strict_dates:
            shape.add(("strict_dates", -1, ""))
        compiled = self._compile(shape)
        connection = self._connection
        compiled.coding.code(connection, part)
        connection.execute(
            "CREATE OR REPLACE TABLE coded_strict_dates AS SELECT a0 FROM coded_shapes"
            f" WHERE {str(self._strict_dates).lower()}"
        )
        self._conclude(compiled.program.parts, compiled.names)
        write_answers(connection, compiled.names, compiled.program, self._dictionary)
        return Judged()

    def _conclude(self, program: Program, names: Names) -> None:
        """Make the tables of what a part's program concludes. Its statements are written once."""
        if id(program) not in self._steps:
            self._steps[id(program)] = steps(program, names)
        for step in self._steps[id(program)]:
            step(self._connection)

    def _program(self, rules: Sequence[Rule]) -> Program:
        given = [p.name for p in self._vocabulary.predicates.values() if p.given]
        heads = {rule.head.predicate for rule in rules}
        return compile_rules(rules, self._bases, [goal for goal in self._goals if goal in heads], given)

    def _optimised(self, program: Program, empty: Collection[str] = ()) -> BulkProgram:
        sizes = self._dictionary.sizes
        return optimise(program, self._layout, self._vocabulary, self._goals, sizes, empty, self.nested)

    def _compile(self, shape: Said) -> _Compiled:
        live = rules_that_live(self._rules, shape, self._goals, self._vocabulary)
        known = frozenset(predicate for predicate, _, _ in shape)
        key = frozenset(rule.number for rule in live), known
        if key not in self._compiled:
            whole = self._program(live)
            empty = whole.given - known - whole.concluded
            program = self._optimised(whole, empty)
            run_strata(self._connection, program.settled, self._names(program, self._dictionary.names))
            coding = coding_of(program, self._layout, self._vocabulary, self._dictionary.size + 1)
            names = self._names(
                program, {**self._dictionary.names, **coding.names, "strict_dates": "coded_strict_dates"}
            )
            self._compiled[key] = _Compiled(program, coding, names)
        return self._compiled[key]

    def _known_keys(self) -> Keys:
        """What tells rows apart: keys of the claims' relations, and of published ones whose rows never overlap."""
        ranges = {}
        for predicate, size in self._dictionary.sizes.items():
            declared = self._vocabulary.predicates[predicate]
            days = [i for i, kind in enumerate(declared.kinds) if kind == "day"]
            key = tuple(i for i in declared.key if declared.kinds[i] != "day")
            if len(days) == 2 and key and size <= _CHECKED and self._dictionary.holds_one_a_day(predicate, key, *days):
                ranges[predicate] = (key, days[0], days[1])
        keys = {CLAIMS: (0,), LINES: (0, 1), SHAPES: (0,)}
        return Keys(keys, ranges)

    def _names(self, program: BulkProgram, given: Mapping[str, str]) -> Names:
        concluded = program.parts.concluded | program.settled.concluded
        return Names(given, concluded, {}, self._dictionary.numbers, self._keys)
