"""The class `date`: intervals that end before they begin, overlap or leave a gap, and tables behind their editions."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Check, Found
from claimlogic.analyst.linting.spans import OPEN, Span, spans_of_facts, spans_of_tables
from claimlogic.knowledge.rules import Comparison, Literal, Variable
from claimlogic.knowledge.tables import TableFile

_SHORT_GAP = 28
_HOME = "on_the_day.lp"


def impossible_day(draft: Draft) -> Iterable[Found]:
    """A number that is no day of the calendar."""
    for file, line, atom in draft.facts():
        declared = draft.vocabulary.predicates.get(atom.predicate)
        for kind, value in zip(declared.kinds if declared else (), atom.arguments, strict=False):
            if kind == "day" and isinstance(value, int) and _ordinal(value) is None:
                yield Found(file, line, f"{value} is no day", "write it as YYYYMMDD")


def end_before_start(draft: Draft) -> Iterable[Found]:
    """A row that ends before it begins holds on no day."""
    for spans in (spans_of_facts(draft), spans_of_tables(draft).backward):
        for span in spans:
            if span.to < span.begins:
                sentence = f"{span.what} ends on {span.to}, before it begins on {span.begins}"
                yield Found(span.file, span.line, sentence, "exchange the days, or remove the row")


def overlap(draft: Draft) -> Iterable[Found]:
    """Two rows of one key that hold on the same day: two answers where there is one."""
    for earlier, later in [*_neighbours(spans_of_facts(draft)), *spans_of_tables(draft).neighbours]:
        if later.begins <= earlier.to and earlier.begins <= earlier.to and later.begins <= later.to:
            sentence = f"{later.what} begins on {later.begins}, while {_earlier(earlier)} holds to {_day(earlier.to)}"
            yield Found(later.file, later.line, sentence, "end the earlier row on the day before the later one")


def gap(draft: Draft) -> Iterable[Found]:
    """Days between two rows of one key on which neither holds.

    Of our own facts, any; of CMS's tables, where pairs do end and come back, only gaps shorter than a month.
    """
    curated = [s for s in spans_of_facts(draft) if not s.file.startswith("tables/")]
    for most, pairs in ((None, _neighbours(curated)), (_SHORT_GAP, spans_of_tables(draft).neighbours)):
        for earlier, later in pairs:
            days = _days_between(earlier.to, later.begins)
            if days > 0 and (most is None or days < most):
                sentence = f"{later.what} holds to {earlier.to} and again from {later.begins}: {days} days are missing"
                yield Found(later.file, later.line, sentence, "let one row end on the day before the next begins")


def coverage_before_tables(draft: Draft) -> Iterable[Found]:
    """Days are said to be covered that lie before the first edition of any table."""
    begins = [a.arguments[3] for _, _, a in draft.facts() if a.predicate == "edition" and len(a.arguments) == 5]
    first = min((b for b in begins if isinstance(b, int)), default=None)
    for file, fact in draft.facts_of.get("covered_from", ()):
        day = next(iter(fact.atom.arguments), None)
        if isinstance(day, int) and (first is None or day < first):
            sentence = f"days are covered from {day}, and the oldest edition begins on {first or 'no day'}"
            yield Found(file, fact.line, sentence, "begin where the tables begin, or bring the older edition")


def table_without_edition(draft: Draft) -> Iterable[Found]:
    """A table of CMS of which no edition is stated: nobody can say for which days it answers."""
    stated = {a.arguments[0] for _, _, a in draft.facts() if a.predicate == "edition" and a.arguments}
    for table in draft.tables:
        kind = table.predicate.published
        if kind and kind not in stated and "edition" in draft.vocabulary.predicates:
            sentence = f"no edition of {kind} is stated for this table"
            yield Found(_name(draft, table), 1, sentence, "state it in tables/editions.lp")


def table_older_than_edition(draft: Draft) -> Iterable[Found]:
    """All rows of a table end before the edition that should hold them does."""
    claimed: dict[object, int] = {}
    for _, _, atom in draft.facts():
        if atom.predicate == "edition" and len(atom.arguments) == 5:
            to = atom.arguments[4]
            kind = atom.arguments[0]
            claimed[kind] = max(claimed.get(kind, 0), to if isinstance(to, int) else OPEN)
    reached: dict[str, tuple[int, TableFile]] = {}
    newest = spans_of_tables(draft).newest
    for table in draft.tables:
        kind = table.predicate.published
        if kind and table.path in newest:
            reached[kind] = max(reached.get(kind, (0, table)), (newest[table.path], table), key=lambda r: r[0])
    for kind, (to, table) in sorted(reached.items()):
        if kind in claimed and to < claimed[kind]:
            sentence = f"the newest row of {kind} ends on {to}, and its edition claims to hold to {_day(claimed[kind])}"
            yield Found(
                _name(draft, table), 1, sentence, "import the newer table, or end the edition where its rows end"
            )


def date_compared(draft: Draft) -> Iterable[Found]:
    """Days are compared in `on_the_day.lp` and nowhere else."""
    for rule in draft.rules:
        if rule.file == _HOME:
            continue
        days = set()
        for item in rule.body:
            if isinstance(item, Literal):
                declared = draft.vocabulary.predicates.get(item.atom.predicate)
                kinds = zip(declared.kinds if declared else (), item.atom.arguments, strict=False)
                days |= {value.name for kind, value in kinds if kind == "day" and isinstance(value, Variable)}
        for item in rule.body:
            if isinstance(item, Comparison) and item.operator not in ("=", "!="):
                for side in (item.left, item.right):
                    if isinstance(side, Variable) and side.name in days:
                        sentence = f"{side.name} is a day, and days are compared in {_HOME} only"
                        remedy = f"add a view to {_HOME} and read it here"
                        yield Found(rule.file, rule.line, sentence, remedy)
                        break


def _neighbours(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    grouped: dict[tuple[object, ...], list[Span]] = defaultdict(list)
    for span in spans:
        grouped[span.key].append(span)
    for group in grouped.values():
        group.sort(key=lambda s: (s.begins, s.to))
        yield from pairwise(group)


def _earlier(span: Span) -> str:
    return f"the row of line {span.line}"


def _day(day: int) -> str:
    return "the open end" if day == OPEN else str(day)


def _ordinal(day: int) -> int | None:
    try:
        return datetime.date(day // 10000, day // 100 % 100, day % 100).toordinal()
    except ValueError:
        return None


def _days_between(to: int, begins: int) -> int:
    first, last = _ordinal(to), _ordinal(begins)
    return 0 if first is None or last is None else last - first - 1


def _name(draft: Draft, table: TableFile) -> str:
    assert draft.directory is not None
    return table.path.relative_to(draft.directory).as_posix()


CHECKS: Sequence[Check] = (
    Check("impossible_day", "date", "A number that is no day", impossible_day),
    Check("end_before_start", "date", "A row that ends before it begins", end_before_start),
    Check("overlap", "date", "Two rows for one day", overlap),
    Check("gap", "date", "Days that no row holds", gap),
    Check("coverage_before_tables", "date", "Coverage older than any table", coverage_before_tables),
    Check("table_without_edition", "date", "A table without an edition", table_without_edition),
    Check("table_older_than_edition", "date", "A table that ends before its edition", table_older_than_edition),
    Check("date_compared", "date", "Days compared outside their file", date_compared),
)
