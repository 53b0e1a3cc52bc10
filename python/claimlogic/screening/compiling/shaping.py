"""Claims of one shape: what rests on nothing of a claim but a few words and its days is worked out once for a shape.

The shape of a claim is the words that it says of itself (form, setting, payer ...) and the days of its lines. Most
claims share theirs with many others. A predicate *of shapes* is concluded of shapes in the place of claims, by the same
rules; where a rule about lines reads it, it is joined by the number of the claim's shape. A rule that asks nothing of
lines but their day is concluded of the days of a shape, and then said of each line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from claimlogic.screening.compiling.fusing import CLAIMS, LINES, Wide
from claimlogic.screening.compiling.plan import (
    NUMBER,
    Absent,
    Block,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    RulePlan,
    Scan,
    Value,
)
from claimlogic.screening.compiling.rewriting import (
    Classes,
    changed,
    changed_block,
    columns_of,
    columns_of_value,
    in_turn,
    putting,
    scans_of,
    values_of,
    with_body,
    with_conditions,
)

SHAPES, SHAPE_DAYS = "@shapes", "@shape_days"
# The first and the last day of a part.
SPAN = "@span"

_ON_SHAPES = {CLAIMS: SHAPES, LINES: SHAPE_DAYS}


@dataclass(slots=True)
class Shaping:
    """Tells which predicates are of shapes, and joins them by shape.

    ``free`` are predicates that rest on no claim, ``neutral`` those that tell no claim from another, ``shaped`` those
    known to be of shapes. ``of_shape`` are the columns
    of the wide relations that make a shape.
    """

    claims: Wide
    lines: Wide
    of_claims: frozenset[int]
    of_lines: frozenset[int]
    numbers: Iterator[int]
    free: set[str] = field(default_factory=set)
    neutral: frozenset[str] = frozenset()
    shaped: set[str] = field(default_factory=set)

    def is_free(self, plans: Sequence[RulePlan], own: set[str]) -> bool:
        """Whether plans rest on no claim."""
        return all(s.predicate in self.free or s.predicate in own for p in plans for s in _all_scans(p))

    def is_of_shapes(self, plans: Sequence[RulePlan], own: set[str]) -> bool:
        """Whether plans rest on nothing of a claim but its shape, and conclude something of the claim."""
        return all(self._on_shape(plan, own) for plan in plans)

    def on_shapes(self, plan: RulePlan) -> RulePlan:
        """The plan that concludes of shapes what this one concludes of claims."""
        return replace(plan, block=_renamed(plan.block))

    def by_day(self, plan: RulePlan, name: str) -> tuple[RulePlan, RulePlan] | None:
        """A rule about lines in two steps, where it asks nothing of them but their day and the shape of their claim.

        The first concludes ``name`` of shapes and days, which is of shapes from here on; the second says it of lines.
        None where a rule asks for more.
        """
        lines = [scan for scan in scans_of(plan.block) if scan.predicate == LINES]
        if plan.tallies or len(lines) != 1 or lines[0] not in plan.block.scans or len(self.of_lines) != 1:
            return None
        (line,), classes = lines, Classes(plan.block.conditions)
        key = tuple(classes.of(ColumnOf(line.number, place, NUMBER)) for place in range(self.lines.key))
        told = [value for value in plan.outputs if classes.of(value) not in key and not isinstance(value, Constant)]
        (day,) = self.of_lines
        first = replace(
            plan, outputs=(ColumnOf(line.number, 0, NUMBER), ColumnOf(line.number, day, NUMBER), *told), variables=()
        )
        if not self._on_shape(first, set()):
            return None
        self.shaped.add(name)
        own, found = next(self.numbers), next(self.numbers)
        columns: dict[Value, Value] = {value: ColumnOf(found, 2 + at, value.base) for at, value in enumerate(told)}
        columns |= {value: ColumnOf(own, place, NUMBER) for place, value in enumerate(key)}
        scans = (replace(line, number=own), Scan(found, name, len(first.outputs)))
        same = (
            Compare(ColumnOf(found, 0, NUMBER), "=", ColumnOf(own, 0, NUMBER)),
            Compare(ColumnOf(found, 1, NUMBER), "=", ColumnOf(own, day, NUMBER)),
        )
        outputs = tuple(columns.get(value) or columns.get(classes.of(value), value) for value in plan.outputs)
        return self.on_shapes(first), replace(plan, block=Block(scans, same), outputs=outputs, variables=())

    def joined(self, plan: RulePlan) -> RulePlan:
        """The plan with predicates of shapes joined by the number of the claim's shape."""
        return with_body(plan, *self.joined_block(plan.block, values_of(plan)))

    def joined_block(self, block: Block, values: tuple[Value, ...]) -> tuple[Block, tuple[Value, ...]]:
        """A block, and values read from it, with predicates of shapes joined by the number of the claim's shape."""
        moved: list[dict[ColumnOf, Value]] = []
        block = self._joined(block, Classes(()), (), moved)
        return block, tuple(changed(value, in_turn(moved)) for value in values)

    def _on_shape(self, plan: RulePlan, own: set[str]) -> bool:
        if plan.tallies or not plan.outputs:
            return False
        classes = Classes(plan.block.conditions)
        whole = classes.of(plan.outputs[0])
        bearing: dict[int, frozenset[int] | None] = {}
        for scan in scans_of(plan.block):
            if scan.predicate in (CLAIMS, LINES):
                bearing[scan.number] = self.of_claims if scan.predicate == CLAIMS else self.of_lines
            elif scan.predicate in self.shaped or scan.predicate in own:
                bearing[scan.number] = None
            elif scan.predicate not in self.free and scan.predicate not in self.neutral:
                return False
        told = [c for value in plan.outputs[1:] for c in columns_of_value(value)]
        if any(column.place == 0 and column.scan in bearing for column in told) or not bearing:
            return False
        used = [*columns_of(plan.block), *told]
        if any(
            (allowed := bearing.get(column.scan)) is not None and column.place and column.place not in allowed
            for column in used
        ):
            return False
        return self._of_one_claim(plan.block, classes, whole, bearing)

    def _of_one_claim(self, block: Block, outer: Classes, whole: Value, bearing: Collection[int]) -> bool:
        classes = Classes(block.conditions, outer)
        whole = classes.of(whole)
        if any(s.number in bearing and classes.of(ColumnOf(s.number, 0, NUMBER)) != whole for s in block.scans):
            return False
        return all(
            self._of_one_claim(c.block, classes, whole, bearing) for c in block.conditions if isinstance(c, Absent)
        )

    def _joined(
        self, block: Block, outer: Classes, around: tuple[Scan, ...], moved: list[dict[ColumnOf, Value]]
    ) -> Block:
        scans, joins = list(block.scans), []
        for scan in block.scans:
            if scan.predicate not in self.shaped:
                continue
            classes = Classes(block.conditions, outer)
            own = ColumnOf(scan.number, 0, NUMBER)
            wides = [s for s in (*scans, *around) if s.predicate in (CLAIMS, LINES)]
            if any(classes.of(self._shape(s)) == classes.of(own) for s in wides):
                continue
            found = next((s for s in wides if classes.of(ColumnOf(s.number, 0, NUMBER)) == classes.of(own)), None)
            if found is None:
                found = Scan(next(self.numbers), CLAIMS, len(self.claims.bases))
                scans.append(found)
            step: dict[ColumnOf, Value] = {own: ColumnOf(found.number, 0, NUMBER)}
            moved.append(step)
            block = changed_block(block, putting(step))
            # The column is that of the shape from here on.
            joins.append(Compare(own, "=", self._shape(found)))
        block, scans = self._narrowed(Block(tuple(scans), (*block.conditions, *joins)), outer, around, moved)
        classes = Classes(block.conditions, outer)
        inner = (*around, *(s for s in scans if s.predicate in (CLAIMS, LINES)))
        conditions: list[Condition] = []
        for condition in block.conditions:
            if isinstance(condition, Absent):
                condition = Absent(self._joined(condition.block, classes, inner, moved))
            conditions.append(condition)
        return with_conditions(scans, conditions)

    def _narrowed(
        self, block: Block, outer: Classes, around: tuple[Scan, ...], moved: list[dict[ColumnOf, Value]]
    ) -> tuple[Block, list[Scan]]:
        """What is read of claims beside their lines, read of their shapes where these tell it."""
        scans = list(block.scans)
        for at, scan in enumerate(scans):
            used = {column.place for column in columns_of(block) if column.scan == scan.number}
            if scan.predicate != CLAIMS or not used - {0} or not used - {0} <= self.of_claims:
                continue
            classes = Classes(block.conditions, outer)
            whole = ColumnOf(scan.number, 0, NUMBER)
            lines = [s for s in (*scans, *around) if s.predicate == LINES]
            found = next((s for s in lines if classes.of(ColumnOf(s.number, 0, NUMBER)) == classes.of(whole)), None)
            if found is None:
                continue
            step: dict[ColumnOf, Value] = {whole: ColumnOf(found.number, 0, NUMBER)}
            moved.append(step)
            shape = Compare(ColumnOf(scan.number, self.claims.key, NUMBER), "=", self._shape(found))
            block = changed_block(block, putting(step))
            scans[at] = replace(scan, predicate=SHAPES)
            block = Block(tuple(scans), (*block.conditions, shape))
        return block, scans

    def _shape(self, scan: Scan) -> ColumnOf:
        """The column of a wide relation that holds the number of the claim's shape."""
        return ColumnOf(scan.number, (self.claims if scan.predicate == CLAIMS else self.lines).key, NUMBER)


def _all_scans(plan: RulePlan) -> Iterator[Scan]:
    yield from scans_of(plan.block)
    for tally in plan.tallies:
        for part in tally.parts:
            for block, _ in part.blocks:
                yield from scans_of(block)


def _renamed(block: Block) -> Block:
    conditions = tuple(Absent(_renamed(c.block)) if isinstance(c, Absent) else c for c in block.conditions)
    scans = tuple(replace(s, predicate=_ON_SHAPES.get(s.predicate, s.predicate)) for s in block.scans)
    return Block(scans, conditions)
