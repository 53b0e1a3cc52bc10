"""Two looks at the lines that meet on one day, made by one join.

The largest join that there is brings each line of a claim together with the others of its day. Where a rule looks up
what a table says of the codes of two such lines, and an aggregate is over lines of one code, each would join them all.
So each code beside itself is laid to the rows of the table; lines are joined once, and marked by which they met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from claimlogic.screening.compiling.fusing import LINES, NO_NUMBER, NO_TEXT
from claimlogic.screening.compiling.plan import (
    NUMBER,
    OPEN_END_NUMBER,
    TEXT,
    Block,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    RulePlan,
    Scan,
    Stratum,
    Value,
)
from claimlogic.screening.compiling.rewriting import (
    Change,
    Classes,
    Element,
    both_ways,
    changed,
    changed_block,
    columns_of_value,
    columns_read,
    elements_of,
    equal,
    putting,
    scans_of,
    with_elements,
)
from claimlogic.screening.compiling.unfolding import renumbered_element
from claimlogic.screening.compiling.unique import Range

# Every text of a part; rows of a table, and codes beside themselves; lines that meet, with such a row.
CODES, BESIDE, MET = "@codes", "@beside", "@met"

# The marks of a row of the table, and of a code beside itself.
_LISTED, _ALIKE = Constant(0, NUMBER), Constant(1, NUMBER)
_LEAST, _MOST = Constant(NO_NUMBER, NUMBER), Constant(OPEN_END_NUMBER, NUMBER)


@dataclass(frozen=True, slots=True)
class Met:
    """Strata that join lines once, those of ``BESIDE`` and ``MET`` among them.

    ``columns`` are the bases of the columns of these two, ``witnessed`` those that have a further one for the row
    behind each, ``ranges`` what tells a row of the first on a day.
    """

    strata: tuple[Stratum, ...]
    columns: Mapping[str, tuple[str, ...]]
    witnessed: frozenset[str]
    ranges: Mapping[str, Range]


@dataclass(frozen=True, slots=True)
class _Look:
    """A rule that looks up two lines in a table.

    ``alike`` tells what holds of the lines besides, and of the row, where it is that of a code beside itself.
    """

    plan: RulePlan
    table: Scan
    alike: Mapping[ColumnOf, Value]


def met_once(
    strata: Sequence[Stratum], columns: Mapping[str, tuple[str, ...]], ranges: Mapping[str, Range], code: int, day: int
) -> Met | None:
    """Strata in which the first such rule, and every such aggregate, are answered by one join; None without both.

    ``columns`` are the bases of the columns of predicates, ``ranges`` the tables of which one row of a key holds on a
    day, ``code`` and ``day`` the columns of lines.
    """
    looks = ((at, _look(stratum, columns, ranges, code, day)) for at, stratum in enumerate(strata))
    own, look = next(((at, look) for at, look in looks if look is not None), (0, None))
    if look is None:
        return None
    asked = {e: _on(e, look) for stratum in strata for e in elements_of(stratum) if _is_alike(e, code, day)}
    if not asked:
        return None
    told = _told(look, asked.values())
    put = putting({column: ColumnOf(0, 1 + at, column.base) for at, column in enumerate(told)})
    reading: dict[Element, Element] = {}
    for element, moved in asked.items():
        block, keys, terms = _put(moved, put)
        reading[element] = _marked(_ALIKE, block.conditions, len(told)), keys, terms
    first = min(at for at, stratum in enumerate(strata) if at == own or any(e in asked for e in elements_of(stratum)))
    lean = [with_elements(stratum, lambda element: reading.get(element, element)) for stratum in strata]
    lean[own] = _looking(strata[own], look, put, len(told))
    bases = columns[look.table.predicate]
    key, begins, ends = ranges[look.table.predicate]
    return Met(
        (*lean[:first], _beside(look, bases), _joined(look, len(bases), told), *lean[first:]),
        {BESIDE: (*bases, NUMBER), MET: (NUMBER, *(column.base for column in told))},
        frozenset((BESIDE, MET) if look.plan.witness is not None else ()),
        {BESIDE: ((*key, len(bases)), begins, ends)},
    )


def _look(
    stratum: Stratum, columns: Mapping[str, tuple[str, ...]], ranges: Mapping[str, Range], code: int, day: int
) -> _Look | None:
    """The rule of a stratum, where it asks two lines for a row of a table, and nothing more of lines of one code."""
    if len(stratum.rules) != 1 or stratum.rounds or stratum.tally is not None:
        return None
    (plan,) = stratum.rules
    tables = [scan for scan in plan.block.scans if scan.predicate in ranges]
    if plan.tabled or plan.tallies or len(_lines(plan.block)) != 2 or not len(tables) == len(plan.block.scans) - 2 == 1:
        return None
    (table,), (one, other) = tables, _lines(plan.block)
    classes = Classes(plan.block.conditions)
    codes = {classes.of(ColumnOf(scan.number, code, TEXT)) for scan in (one, other)}
    _, begins, ends = ranges[table.predicate]
    alike: dict[ColumnOf, Value] = dict(_same(one, other, code, day))
    for place, base in enumerate(columns[table.predicate]):
        column = ColumnOf(table.number, place, base)
        held = classes.of(column)
        if held in codes:
            alike[column] = ColumnOf(one.number, code, TEXT)
        elif place in (begins, ends):
            alike[column] = _LEAST if place == begins else _MOST
        else:
            alike[column] = held if isinstance(held, Constant) else Constant(NO_TEXT, base)
    left = changed_block(Block((), plan.block.conditions), putting(alike)).conditions
    return _Look(plan, table, alike) if all(c in _apart(one, other) or _always(c) for c in left) else None


def _is_alike(element: Element, code: int, day: int) -> bool:
    """Whether an element is over two lines of one code that meet."""
    block, _, _ = element
    lines = _lines(block)
    if len(lines) != 2 or len(list(scans_of(block))) != 2:
        return False
    (one, other), classes = lines, Classes(block.conditions)
    same = all(classes.of(left) == classes.of(right) for left, right in _same(one, other, code, day))
    return same and not _apart(one, other).isdisjoint(block.conditions)


def _on(element: Element, look: _Look) -> Element:
    """What is asked of two lines of one code, of those of a rule."""
    numbers = {own.number: scan.number for own, scan in zip(_lines(element[0]), _lines(look.plan.block), strict=True)}
    return _put(renumbered_element(element, numbers), putting(look.alike))


def _told(look: _Look, elements: Iterable[Element]) -> list[ColumnOf]:
    """What is told of lines that meet: which they are, and what a rule and aggregates read of them."""
    one, other = _lines(look.plan.block)
    keys = [ColumnOf(one.number, 0, NUMBER), ColumnOf(one.number, 1, NUMBER), ColumnOf(other.number, 1, NUMBER)]
    read = {column for value in look.plan.outputs for column in columns_of_value(value)}
    for block, depends, terms in elements:
        read |= {*columns_read(block, (*depends, *terms))}
    return [*keys, *sorted(read - {*keys}, key=lambda column: (column.scan, column.place))]


def _looking(stratum: Stratum, look: _Look, put: Change, told: int) -> Stratum:
    """The rule's stratum, reading lines that met by a row of its table."""
    outputs = tuple(changed(value, put) for value in look.plan.outputs)
    witness = None if look.plan.witness is None else 0
    plan = replace(look.plan, block=_marked(_LISTED, (), told), outputs=outputs, witness=witness)
    return replace(stratum, rules=(plan,), inlined=True)


def _marked(mark: Constant, conditions: Sequence[Condition], told: int) -> Block:
    """The lines that met by a row of one mark."""
    return Block((Scan(0, MET, 1 + told),), (Compare(ColumnOf(0, 0, NUMBER), "=", mark), *conditions))


def _put(element: Element, change: Change) -> Element:
    block, keys, terms = element
    told = (tuple(changed(key, change) for key in keys), tuple(changed(term, change) for term in terms))
    return changed_block(block, change), *told


def _beside(look: _Look, bases: Sequence[str]) -> Stratum:
    """The rows of the table that the rule may ask for, and every code beside itself."""
    table = tuple(ColumnOf(look.table.number, place, base) for place, base in enumerate(bases))
    fixed = [
        Compare(left, "=", right)
        for left, right in equal(look.plan.block.conditions)
        if left in table and isinstance(right, Constant)
    ]
    rows = replace(look.plan, block=Block((look.table,), tuple(fixed)), outputs=(*table, _LISTED))
    codes, (line, _) = Scan(0, CODES, 1), _lines(look.plan.block)
    own = [look.alike[column] for column in table]
    cells = tuple(ColumnOf(0, 0, TEXT) if isinstance(v, ColumnOf) and v.scan == line.number else v for v in own)
    alike = replace(look.plan, block=Block((codes,), ()), outputs=(*cells, _ALIKE), witness=None)
    return Stratum((BESIDE,), (rows, alike), inlined=True)


def _joined(look: _Look, width: int, told: Sequence[ColumnOf]) -> Stratum:
    """The lines that meet."""
    table = replace(look.table, predicate=BESIDE, width=width + 1)
    scans = tuple(table if scan == look.table else scan for scan in look.plan.block.scans)
    mark = ColumnOf(table.number, width, NUMBER)
    plan = replace(look.plan, block=replace(look.plan.block, scans=scans), outputs=(mark, *told))
    return Stratum((MET,), (plan,))


def _lines(block: Block) -> list[Scan]:
    return [scan for scan in block.scans if scan.predicate == LINES]


def _same(one: Scan, other: Scan, code: int, day: int) -> Iterator[tuple[ColumnOf, ColumnOf]]:
    """What two lines of one code that meet have in common: each column of the other one with that of the first."""
    for place, base in ((0, NUMBER), (day, NUMBER), (code, TEXT)):
        yield ColumnOf(other.number, place, base), ColumnOf(one.number, place, base)


def _apart(one: Scan, other: Scan) -> set[Condition]:
    """That they are two lines."""
    left, right = ColumnOf(one.number, 1, NUMBER), ColumnOf(other.number, 1, NUMBER)
    return {Compare(left, "!=", right), Compare(right, "!=", left)}


def _always(condition: Condition) -> bool:
    """Whether any number is in a range."""
    return isinstance(condition, Compare) and any(
        operator == "<=" and (left == _LEAST or right == _MOST) for left, operator, right in both_ways(condition)
    )
