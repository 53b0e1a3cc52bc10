"""A program for parts of claims: the same conclusions from fewer and smaller tables.

Facts of one key are fused into wide relations, predicates of shapes are concluded once for a shape, conditions on
lines that are read already are written in place. What rests on no claim is kept apart: it is the same for all parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import count

from claimlogic.errors import InputError
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.bulk_program import BulkProgram, strata_toward, wide_relations
from claimlogic.screening.compiling.carrying import Carried, carry_lines, line_of, lines_told
from claimlogic.screening.compiling.fusing import CLAIMS, LINES, Fusing
from claimlogic.screening.compiling.living import REPORTING
from claimlogic.screening.compiling.numbering import numbered
from claimlogic.screening.compiling.plan import (
    NUMBER,
    Absent,
    Block,
    ColumnOf,
    Compare,
    Program,
    RulePlan,
    Scan,
    Stratum,
    Value,
)
from claimlogic.screening.compiling.recursion import further_rows, without_plain
from claimlogic.screening.compiling.repeated import asked_once
from claimlogic.screening.compiling.rewriting import (
    Classes,
    possible,
    scans_of,
    told_apart,
    values_of,
    with_body,
    with_plans,
    without,
)
from claimlogic.screening.compiling.shaping import SHAPES, Shaping
from claimlogic.screening.compiling.tabling import Tabling, fused
from claimlogic.screening.compiling.unfolding import Inlined, Unfolding
from claimlogic.screening.compiling.witnessing import with_witnesses
from claimlogic.screening.part import PartLayout

_FIRST_NUMBER = 100_000

# Rows of a table that most codes are in: what it says of lines is looked up where it is asked.
LARGE = 2_000


def optimise(
    program: Program, layout: PartLayout, vocabulary: Vocabulary, goals: Collection[str],
    sizes: Mapping[str, int], empty: Collection[str] = (), nested: bool = True, beside: BulkProgram | None = None,
) -> BulkProgram:  # fmt: skip
    """A program that concludes ``goals`` of a part.

    ``sizes`` are the numbers of rows of published predicates, ``empty`` given predicates of which there is none.
    ``nested`` allows a `not` within a `not`, which not every database takes. ``beside`` is the program of another
    version whose tables are to be shared.
    """
    carried = beside.carried if beside is not None else {}
    return _Optimiser(program, layout, vocabulary, goals, sizes, empty, nested, carried).run()


class _Optimiser:
    def __init__(
        self,
        program: Program,
        layout: PartLayout,
        vocabulary: Vocabulary,
        goals: Collection[str],
        sizes: Mapping[str, int],
        empty: Collection[str],
        nested: bool,
        beside: Carried,
    ) -> None:
        self.program = program
        self.beside = beside
        self.nested = nested
        self.goals = frozenset(goals)
        self.sizes = sizes
        self.empty = frozenset(empty)
        numbers = count(_FIRST_NUMBER)
        claims, lines = wide_relations(layout, vocabulary)
        self.fusing = Fusing((claims, lines), {"claim": CLAIMS}, program.columns)
        self.unfolding = Unfolding(numbers)
        by_claim = {p.name for p in vocabulary.predicates.values() if "claim" in p.givers}
        self.of_whole_claims = {p for p in by_claim if "line" not in vocabulary.predicates[p].kinds}
        days = {p for p in lines.columns if vocabulary.predicates[p].kinds[-1] == "day"}
        words = {p for p in claims.columns if vocabulary.kinds[vocabulary.predicates[p].kinds[-1]].base != NUMBER}
        self.shape_columns = tuple(sorted(words))
        self.shaping = Shaping(
            claims,
            lines,
            frozenset(claims.columns[p] for p in words),
            frozenset(lines.columns[p] for p in days),
            numbers,
            free=set(program.given - by_claim) | ({"trust"} & program.given),
            neutral=frozenset({"day"}),
            shaped={"strict_dates"} & program.given,
        )
        self.inlined = Inlined()
        self.settled: list[Stratum] = []
        self.strata: list[Stratum] = []
        # What rules about lines conclude of shapes and days, with the bases of its columns.
        self.of_days: dict[str, tuple[str, ...]] = {}
        # What recursive rules conclude besides what is tested in place, with the bases of its columns.
        self.further: dict[str, tuple[str, ...]] = {}
        self.numbers = numbers
        self.tabling = Tabling(
            program.columns, self.inlined, self.unfolding, self.fusing, self.shaping, numbers, self.empty, self.strata
        )
        # Rows of CMS's tables before other facts about codes.
        stored = [p for p in vocabulary.predicates.values() if p.stored and not by_claim & {p.name}]
        self.citable = {p.name: 0 if p.published else 1 for p in stored if {"code", "icd"} & set(p.kinds)}
        self.lines_in: dict[str, frozenset[int]] = {}
        self.read_once = _read_once(program)
        self.read_by_goals = self.goals | _read_whole(program, self.goals)
        self.in_tallies = frozenset(
            scan.predicate
            for stratum in program.strata
            for plan in stratum.rules
            for tally in plan.tallies
            for part in tally.parts
            for block, _ in part.blocks
            for scan in block.scans
        )

    def run(self) -> BulkProgram:
        for stratum in self.program.strata:
            for step in self._steps(stratum):
                self._take(step)
        strata = [with_plans(stratum, asked_once) for stratum in self.strata]
        kept = [with_plans(numbered(stratum), _told_apart) for stratum in strata_toward(strata, self.goals)]
        kept, witnessed = with_witnesses(kept, self.citable, REPORTING)
        bases = self.shaping.lines.bases
        kept, carried = carry_lines(kept, self.goals | self.program.given, bases, self.beside)
        cited = frozenset(self.citable) & {p for stratum in self.settled for p in stratum.predicates}
        settled = replace(self.program, strata=tuple(map(numbered, self.settled)), witnessed=cited)
        columns = {**self.program.columns, **self.tabling.columns, **self.of_days, **self.further}
        columns |= {p: (*columns[p], *(bases[place] for _, place in told)) for p, told in carried.items()}
        parts = replace(self.program, strata=tuple(kept), columns=columns, witnessed=witnessed)
        shaping = self.shaping
        return BulkProgram(
            settled,
            parts,
            frozenset(shaping.shaped),
            shaping.claims,
            shaping.lines,
            self.shape_columns,
            carried,
        )

    def _take(self, stratum: Stratum) -> None:
        own = set(stratum.predicates)
        for plan in (*stratum.rules, *stratum.rounds):
            _check_order(plan)
        rules = [self._plan(split) for plan in stratum.rules for split in self._split(self.tabling.guarded(plan))]
        rounds = [self._plan(plan) for plan in stratum.rounds]
        rules, rounds = list(possible(rules)), list(possible(rounds))
        both = [*rules, *rounds]
        given = own & self.program.given
        if self.shaping.is_free(both, own):
            self.shaping.free |= own
            self.settled.append(replace(stratum, rules=tuple(rules), rounds=tuple(rounds), inlined=False))
            return
        if not given and not own & self.goals and self.shaping.is_of_shapes(both, own):
            self.shaping.shaped |= own
            convert = self.shaping.on_shapes
        else:
            convert = self._on_lines
            if not rounds and own <= self.goals:
                rules = [self._by_day(plan) for plan in rules]
        made = replace(
            stratum,
            rules=tuple(map(convert, rules)),
            rounds=tuple(map(convert, rounds)),
            inlined=False,
        )
        if convert == self._on_lines and len(own) == 1 and not rounds and not given:
            self.lines_in[stratum.predicates[0]] = lines_told(made.rules, self.lines_in)
        if convert == self._on_lines and len(own) == 1 and not rounds and not given and not own & self.goals:
            self._consider(stratum.predicates[0], made.rules)
        self.strata.append(made)

    def _steps(self, stratum: Stratum) -> Iterator[Stratum]:
        """A stratum as it is, or a recursive one without the rows that are as easily tested, and then what it told."""
        whole: list[Stratum] = []
        for predicate in stratum.predicates if stratum.rounds and self.nested else ():
            plain = [p for p in stratum.rules if p.head == predicate and self._is_plain(p)]
            if not plain or predicate in self.program.given or predicate in self.read_by_goals:
                continue
            name = f"@further_{predicate}"
            self.further[name] = self.program.columns[predicate]
            tested = [self._on_lines(self._plan(plan)) for plan in plain]
            left = replace(stratum, rules=tuple(plan for plan in stratum.rules if plan not in plain))
            stratum = without_plain(left, predicate, tested, name, self.unfolding)
            whole.append(Stratum((predicate,), (*plain, further_rows(plain[0], name))))
        yield stratum
        yield from whole

    def _is_plain(self, plan: RulePlan) -> bool:
        return not plan.tallies and self._is_test(self._on_lines(self._plan(plan)), others=0)

    def _by_day(self, plan: RulePlan) -> RulePlan:
        """A rule as it is, or what is left of it when it was concluded of shapes and days."""
        name = f"@days{len(self.of_days) + 1}"
        steps = self.shaping.by_day(plan, name)
        if steps is None:
            return plan
        first, rest = steps
        self.of_days[name] = tuple(value.base for value in first.outputs)
        self.strata.append(Stratum((name,), (first,)))
        return rest

    def _plan(self, plan: RulePlan) -> RulePlan:
        plan = replace(plan, block=without(plan.block, self.empty))
        plan = self.unfolding.unfold(plan, self.inlined.plans, self.inlined.denied)
        return fused(self.fusing, self._with_lines(plan))

    def _with_lines(self, plan: RulePlan) -> RulePlan:
        """A plan that reads the lines which its absences ask about, so that these are conditions on a row at hand."""
        classes = Classes(plan.block.conditions)
        asked = {key for c in plan.block.conditions if isinstance(c, Absent) for key in _lines_asked(c.block, classes)}
        known = {line_of(s, 1, classes) for s in plan.block.scans if s.predicate == LINES}
        scans, told = list(plan.block.scans), list(plan.block.conditions)
        width = len(self.shaping.lines.bases)
        for scan in plan.block.scans:
            whole = ColumnOf(scan.number, 0, NUMBER)
            for place in self.lines_in.get(scan.predicate, ()):
                line = ColumnOf(scan.number, place, NUMBER)
                key = line_of(scan, place, classes)
                if key in asked and key not in known:
                    known.add(key)
                    added = Scan(next(self.numbers), LINES, width)
                    scans.append(added)
                    told.append(Compare(ColumnOf(added.number, 0, NUMBER), "=", whole))
                    told.append(Compare(ColumnOf(added.number, 1, NUMBER), "=", line))
        return replace(plan, block=Block(tuple(scans), tuple(told)))

    def _split(self, plan: RulePlan) -> list[RulePlan]:
        """A rule once for each choice among the rules of predicates that are written in place and have several."""
        expanded = self.unfolding.expand(plan.block, values_of(plan), self.inlined.several)
        return [with_body(plan, block, told) for block, told in expanded]

    def _on_lines(self, plan: RulePlan) -> RulePlan:
        return fused(self.fusing, self.shaping.joined(plan))

    def _consider(self, predicate: str, rules: tuple[RulePlan, ...]) -> None:
        """Decide whether a predicate is written in place where it is read."""
        if not self.nested and any(isinstance(c, Absent) for rule in rules for c in rule.block.conditions):
            return
        if len(rules) == 1:
            self.inlined.single[predicate] = rules
        if predicate in self.in_tallies:
            self.inlined.expanded[predicate] = rules
        if predicate in self.read_once or all(self._is_test(rule, others=1) for rule in rules):
            self.inlined.denied[predicate] = rules
        if all(self._is_test(rule, others=0) for rule in rules):
            (self.inlined.plans if len(rules) == 1 else self.inlined.several)[predicate] = rules
        elif len(rules) == 1 and (
            predicate in self.read_once or self._is_lookup(rules[0]) or self._is_spread(rules[0])
        ):
            self.inlined.plans[predicate] = rules
            self.inlined.denied[predicate] = rules

    def _is_test(self, rule: RulePlan, others: int) -> bool:
        """Whether a rule only tests lines, at most two, besides reading what is small, or says what rounds found."""
        if [scan.predicate in self.further for scan in rule.block.scans] == [True]:
            return True
        lines = [s for s in rule.block.scans if s.predicate == LINES]
        rest = [s for s in rule.block.scans if s.predicate not in (LINES, CLAIMS) and not self._is_small(s.predicate)]
        return 0 < len(lines) <= 2 and len(rest) <= others

    def _is_small(self, predicate: str) -> bool:
        return predicate in self.shaping.shaped or predicate in ("day", SHAPES)

    def _is_lookup(self, rule: RulePlan) -> bool:
        """Whether a rule looks the code of a line up in a large table."""
        beside = self._beside_a_line(rule)
        return beside is not None and self.sizes.get(beside, 0) > LARGE

    def _is_spread(self, rule: RulePlan) -> bool:
        """Whether a rule says of every line what is said of its claim: a table of that would be many times as long."""
        return self._beside_a_line(rule) in self.of_whole_claims

    def _beside_a_line(self, rule: RulePlan) -> str | None:
        """The one predicate that a rule reads besides a line and what is small."""
        lines = [s for s in rule.block.scans if s.predicate == LINES]
        rest = [s for s in rule.block.scans if s.predicate not in (LINES, CLAIMS) and not self._is_small(s.predicate)]
        return rest[0].predicate if len(lines) == len(rest) == 1 else None


def _check_order(plan: RulePlan) -> None:
    """Raises InputError for an order of texts: numbers that stand for them tell them apart, and no more."""
    blocks = [plan.block, *(b for tally in plan.tallies for part in tally.parts for b, _ in part.blocks)]
    for block in blocks:
        for condition in block.conditions:
            if (
                isinstance(condition, Compare)
                and condition.operator not in ("=", "!=")
                and condition.left.base != NUMBER
            ):
                raise InputError("an order of texts or words is not compiled; compare numbers", plan.rule.place)


def _lines_asked(block: Block, outer: Classes) -> Iterator[tuple[Value, Value]]:
    classes = Classes(block.conditions, outer)
    yield from (line_of(scan, 1, classes) for scan in block.scans if scan.predicate == LINES)


def _told_apart(plan: RulePlan) -> RulePlan:
    return replace(plan, block=told_apart(plan.block))


def _read_whole(program: Program, goals: Collection[str]) -> set[str]:
    """What is read for all lines by a goal, which tells of all: a table is looked up more cheaply than it is tested.

    What is read beside two other conclusions is asked of few lines.
    """
    return {
        scan.predicate
        for goal in goals
        for plan in program.rules_of(goal)
        if sum(scan.predicate in program.concluded for scan in plan.block.scans) < 2
        for scan in scans_of(plan.block)
    }


def _read_once(program: Program) -> frozenset[str]:
    """The predicates that one literal reads, of a rule without aggregates."""
    counts: Counter[str] = Counter()
    for stratum in program.strata:
        for plan in (*stratum.rules, *stratum.rounds):
            counts.update(scan.predicate for scan in scans_of(plan.block))
            for tally in plan.tallies:
                counts.update(scan.predicate for part in tally.parts for b, _ in part.blocks for scan in scans_of(b))
                counts.update(scan.predicate for scan in scans_of(plan.block))
    return frozenset(predicate for predicate, times in counts.items() if times == 1)
