"""All rules of a knowledge base over parts of claims: findings and verdicts as tables of a database.

The rules are compiled to SQL once, and the published facts loaded once; then part after part is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.screening.compiling.bulk_program import BulkProgram, scans_read
from claimlogic.screening.compiling.living import (
    REPORTING,
    check_trust,
    only_rules,
    rules_that_live,
    shape_of_part,
    words_of,
)
from claimlogic.screening.compiling.meeting import BESIDE, MET
from claimlogic.screening.compiling.names import Names, concluded_names
from claimlogic.screening.compiling.numbering import meaning
from claimlogic.screening.compiling.optimising import optimise
from claimlogic.screening.compiling.plan import Program, Stratum
from claimlogic.screening.compiling.program import compile_rules
from claimlogic.screening.compiling.shaping import SHAPE_DAYS, SHAPES
from claimlogic.screening.compiling.unique import Keys
from claimlogic.screening.judging.answers import Judged, write_answers
from claimlogic.screening.judging.coding import Coding, coding_of
from claimlogic.screening.judging.run_duckdb import Runner
from claimlogic.screening.part import Part, part_layout
from claimlogic.screening.published.published import Published

if TYPE_CHECKING:
    import duckdb

    from claimlogic.knowledge_base import KnowledgeBase

__all__ = ["BulkJudge", "Judged"]

# Rows of a table of which it may be asked first which codes it holds. Larger ones hold most codes.
_SMALL = 100_000

GOALS = ("verdict", "claim_verdict", "finding", "reported", "disputed", "carried_forward")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The rules that can fire on parts of one kind, compiled.

    ``strata`` are all strata by their predicates, with the half of the program in which they stand: also those that are
    not run here because another version concludes the same. ``empty`` are tables that hold nothing for any part.
    """

    program: BulkProgram
    coding: Coding
    names: Names
    strata: Mapping[tuple[str, ...], tuple[Stratum, Program]]
    empty: frozenset[str]


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
        published: Published | None = None,
        prefix: str = "",
        rows: bool = True,
    ) -> None:
        """Compile the rules and load the published facts, as far as ``published`` does not hold them yet.

        ``only`` are the ids of the rules to run: then there are findings, and neither verdicts nor disputes. The names
        of the tables that are made begin with ``prefix``, which keeps judges of one connection apart. Without ``rows``
        the rows behind findings are not told. Raises InputError, naming file and line, for a rule that cannot be
        compiled, and for an authority or a rule that there is not.
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
        self._published = published or Published(connection, knowledge_base, trust=trust)
        self._bases = self._published.bases
        program = self._program(self._rules)
        stored = {p for p in program.given if self._vocabulary.predicates[p].stored} | {"rule"}
        self._published.load(stored, words_of(self._rules, self._vocabulary))
        self._dictionary = self._published.dictionary
        # What the run itself says is a relation beside those of the knowledge base.
        stored.add("trust")
        self._said = self._published.said(stored)
        self._ranges = self._published.ranges(stored)
        # What cannot be compiled is refused before any claim is read.
        self._optimised(program)
        self._prefix = prefix
        self._rows = rows
        self._compiled: dict[tuple[frozenset[int], frozenset[str], int], Compiled] = {}
        # What is run for a program, by its number; ``_compiled`` keeps the programs.
        self._runners: dict[int, Runner] = {}
        # The tables that hold nothing of the part at hand.
        self._empty: set[str] = set()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection in which parts are staged and answers stand."""
        return self._connection

    def judge(self, part: Part) -> Judged:
        """The answers on a part, in the place of those on the part before."""
        compiled = self.compiled(part)
        self.code(part, compiled.coding)
        return self.concluded(compiled)

    def code(self, part: Part, coding: Coding) -> None:
        """Make the relations of a part that are read."""
        coding.code(self._connection, part, self._strict_dates)

    def compiled(self, part: Part, beside: Compiled | None = None) -> Compiled:
        """The rules that can fire on a part, compiled. What rests on no claim is concluded.

        ``beside`` is another version on the same part: of what it concludes alike, its tables are read.
        """
        shape = self._said | shape_of_part(self._connection, part, self._layout, self._vocabulary)
        if self._strict_dates:
            shape.add(("strict_dates", -1, ""))
        live = rules_that_live(self._rules, shape, self._goals, self._vocabulary)
        known = frozenset(predicate for predicate, _, _ in shape)
        key = frozenset(rule.number for rule in live), known, id(beside)
        if key not in self._compiled:
            self._compiled[key] = self._compile(live, known, beside)
        return self._compiled[key]

    def concluded(self, compiled: Compiled, beside: BulkJudge | None = None) -> Judged:
        """The answers on the part that is coded; ``beside`` has concluded what is read of its version."""
        self._empty = set(compiled.empty) | (beside._empty if beside is not None else set())
        self._conclude(compiled.program.parts, compiled.names)
        return write_answers(
            self._connection, compiled.names, compiled.program, self._dictionary, self._prefix, self._rows
        )

    def _conclude(self, program: Program, names: Names) -> None:
        """Make the tables of what a part's program concludes."""
        self._runners[id(program)].run(self._connection, self._empty)

    def _program(self, rules: Sequence[Rule]) -> Program:
        given = [p.name for p in self._vocabulary.predicates.values() if p.given]
        heads = {rule.head.predicate for rule in rules}
        return compile_rules(rules, self._bases, [goal for goal in self._goals if goal in heads], given)

    def _optimised(
        self, program: Program, empty: Collection[str] = (), beside: BulkProgram | None = None
    ) -> BulkProgram:
        sizes = self._dictionary.sizes
        return optimise(program, self._layout, self._vocabulary, self._goals, sizes, empty, self.nested, beside)

    def _compile(self, live: Sequence[Rule], known: frozenset[str], beside: Compiled | None) -> Compiled:
        whole = self._program(live)
        shared = beside.program if beside is not None else None
        program = self._optimised(whole, whole.given - known - whole.concluded, shared)
        coding = coding_of(program, self._layout, self._vocabulary, self._dictionary, live)
        given = {**self._dictionary.names, **coding.names}
        own = concluded_names(program.settled.concluded | program.parts.concluded | {BESIDE, MET}, self._prefix)
        sizes = self._dictionary.sizes
        small = {predicate for predicate, size in sizes.items() if size <= _SMALL}
        small |= {*program.settled.concluded, *program.shaped, SHAPES, SHAPE_DAYS}
        keys = Keys(program.keys, self._ranges)
        names = Names(given, own, {}, self._dictionary.numbers, keys, frozenset(small), program.days)
        strata: dict[tuple[str, ...], tuple[Stratum, Program]] = {}
        mine: list[list[Stratum]] = []
        for half in (program.settled, program.parts):
            mine.append([])
            for stratum in half.strata:
                strata[stratum.predicates] = stratum, half
                if beside is not None and _concludes_alike(stratum, half, names, beside):
                    told = {predicate: beside.names.name(predicate) for predicate in stratum.predicates}
                    names = replace(names, concluded={**names.concluded, **told})
                else:
                    mine[-1].append(stratum)
        empty = set(beside.empty) if beside is not None else set()
        Runner(program.settled, mine[0], names).run(self._connection, empty)
        wides = program.claims, program.lines
        self._runners[id(program.parts)] = Runner(program.parts, mine[1], names, program.shaped | {SHAPES}, wides)
        return Compiled(program, coding, names, strata, frozenset(empty))


def _concludes_alike(stratum: Stratum, half: Program, names: Names, beside: Compiled) -> bool:
    """Whether another version concludes the same of the same tables."""
    if stratum.predicates not in beside.strata:
        return False
    other, other_half = beside.strata[stratum.predicates]
    own = set(stratum.predicates)
    read = {scan.predicate for scan in scans_read(stratum)} - own | (own & half.given)
    mine, theirs = (keys.ranges if keys is not None else {} for keys in (names.keys, beside.names.keys))
    return (
        meaning(stratum) == meaning(other)
        and own & half.given == own & other_half.given
        and own & half.witnessed == own & other_half.witnessed
        and all(half.columns[predicate] == other_half.columns[predicate] for predicate in own)
        and all(_read_as(p, own, names) == _read_as(p, own, beside.names) for p in read)
        and all(mine.get(predicate) == theirs.get(predicate) for predicate in read)
    )


def _read_as(predicate: str, own: Collection[str], names: Names) -> str:
    return names.given[predicate] if predicate in own else names.name(predicate)
