"""The compiled rules as text for a reader: the strata in their order, each statement under the rules it comes from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlglot import exp

from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.bases import declared_bases
from claimlogic.screening.compiling.bulk_program import BulkProgram
from claimlogic.screening.compiling.fusing import CLAIMS, LINES, Wide
from claimlogic.screening.compiling.living import only_rules
from claimlogic.screening.compiling.names import Names, concluded_names
from claimlogic.screening.compiling.optimising import LARGE, optimise
from claimlogic.screening.compiling.plan import NUMBER, Program, Stratum
from claimlogic.screening.compiling.program import compile_rules
from claimlogic.screening.compiling.shaping import SHAPE_DAYS, SHAPES
from claimlogic.screening.compiling.sql import round_of, rows_of
from claimlogic.screening.compiling.unique import Keys
from claimlogic.screening.judging.bulk import GOALS
from claimlogic.screening.part import part_layout

DIALECTS = ("duckdb", "spark")

_WIDE = {CLAIMS: "claims", LINES: "lines", SHAPES: "shapes", SHAPE_DAYS: "shape_days"}
_HEADING = (
    "-- Every rule compiled to {dialect}, as it is run over claims that say everything and whole published tables.",
    "-- Rules that nothing in the claims can fire are left out of a run; texts stand for the numbers that are joined.",
)


def plan_lines(knowledge: Knowledge, dialect: str, only: Collection[str] | None = None) -> Iterator[str]:
    """The lines of the listing. ``only`` are the ids of the rules to show, with what they rest on.

    Raises InputError for a dialect or a rule that there is not, and for a rule that cannot be compiled.
    """
    if dialect not in DIALECTS:
        raise InputError(f"no dialect {dialect}; choose one of {', '.join(DIALECTS)}", "--dialect")
    rules = rules_toward(knowledge.rules, GOALS)
    goals: tuple[str, ...] = GOALS
    if only is not None:
        rules = only_rules(rules, only)
        goals = ("finding", "reported")
    program = bulk_program(rules, knowledge.vocabulary, goals)
    names = _names(program)
    yield from (line.format(dialect=dialect) for line in _HEADING)
    yield ""
    yield "-- What a part of claims is read as. Columns are a0, a1 ...; S numbers the shape of a claim."
    yield from (f"-- {_layout(wide)}" for wide in (program.claims, program.lines))
    for told, part in (
        ("Once for a run: what rests on no claim", program.settled),
        ("For each part of claims", program.parts),
    ):
        yield ""
        yield f"-- {told}"
        for stratum in part.strata:
            yield ""
            yield from _stratum(stratum, part, program, names, knowledge.vocabulary, dialect)


def bulk_program(rules: Sequence[Rule], vocabulary: Vocabulary, goals: Sequence[str]) -> BulkProgram:
    """The program of rules for claims that say everything and published tables that are whole."""
    given = [p.name for p in vocabulary.predicates.values() if p.given]
    heads = {rule.head.predicate for rule in rules}
    wanted = [goal for goal in goals if goal in heads]
    program = compile_rules(rules, declared_bases(vocabulary, claim=NUMBER), wanted, given)
    whole = {p.name: LARGE + 1 for p in vocabulary.predicates.values() if p.published}
    return optimise(program, part_layout(vocabulary), vocabulary, wanted, whole)


def _names(program: BulkProgram) -> Names:
    concluded = program.parts.concluded | program.settled.concluded
    given = {predicate: predicate for predicate in program.parts.given | program.settled.given} | _WIDE
    return Names(given, concluded_names(concluded), {}, None, Keys(program.keys))


def _layout(wide: Wide) -> str:
    key = ("C", "S") if wide.name == CLAIMS else ("C", "L", "S")
    return f"{_WIDE[wide.name]}({', '.join(f'a{i} {name}' for i, name in enumerate((*key, *wide.columns)))})"


def _stratum(
    stratum: Stratum, part: Program, program: BulkProgram, names: Names, vocabulary: Vocabulary, dialect: str
) -> Iterator[str]:
    for predicate in stratum.predicates:
        yield f"-- {_title(predicate, stratum, program, vocabulary)}"
    told: set[int] = set()
    for plan in (*stratum.rules, *stratum.rounds):
        if plan.rule.number not in told:
            told.add(plan.rule.number)
            yield from _comment(plan.rule)
    for predicate in stratum.predicates:
        rows = rows_of(stratum, predicate, part, names)
        yield from _statement(names.name(predicate), rows, dialect)
    for predicate in stratum.predicates:
        again = round_of(stratum, predicate, names)
        if again is not None:
            yield f"-- again, adding what is new to {names.name(predicate)} (_fresh: of the round before)"
            yield from (again.sql(dialect=dialect, pretty=True, comments=False) + ";").split("\n")


def _title(predicate: str, stratum: Stratum, program: BulkProgram, vocabulary: Vocabulary) -> str:
    if stratum.tally is not None:
        return f"{predicate}: the values of an aggregate ({stratum.tally.function}) by what it depends on"
    declared = vocabulary.predicates.get(predicate)
    if declared is None:
        return f"{predicate}: rows for which an aggregate holds" if predicate.startswith("@") else predicate
    arguments = [*declared.arguments]
    if predicate in program.shaped:
        arguments[0] = "S"
    return f"{predicate}({', '.join(f'a{i} {name}' for i, name in enumerate(arguments))})"


def _comment(rule: Rule) -> Iterator[str]:
    label = f"  {rule.label.template}" if rule.label is not None else ""
    yield f"-- {rule.place}{label}"
    yield f"--     {rule.text}"


def _statement(name: str, rows: exp.Query, dialect: str) -> Iterator[str]:
    table = exp.Table(this=exp.to_identifier(name, quoted=True))
    # What is made of a part stays in the dialect's plainest form, so that a reader can run it step by step.
    create = exp.Create(this=table, kind="TABLE", expression=rows)
    yield from (create.sql(dialect=dialect, pretty=True) + ";").split("\n")
