"""What the store keeps of each published table: its columns, their order, and the facts that follow from its rows.

The names of facts are predicates of ``kb/vocabulary``, arguments in its order without days and without the table
that a row judges for. Columns hold codes, days and indicators; no descriptors and no payment rates.
"""

from __future__ import annotations

from dataclasses import dataclass

# The table of an index that holds the codes which a published table lists as reportable.
LISTED = "listed"

# How an argument is kept in an index: a procedure code as a number, a word by its place in a list, anything else as is.
CODE, WORD, COUNT, TEXT = "code", "word", "count", "text"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a fact: the column that holds it and how an index keeps it."""

    column: str
    kind: str


@dataclass(frozen=True, slots=True)
class Relation:
    """The facts of one predicate that follow from a table's rows.

    The first ``keys`` arguments are codes by which rows are looked up. ``where`` leaves rows out (SQL); ``note`` is the
    column of what a proof adds to the fact. ``exclusive`` says that of several rows without a first day only the one
    that ends last holds: what is not told of the others is when they ended.
    """

    predicate: str
    arguments: tuple[Argument, ...]
    keys: int
    where: str = "true"
    note: str = ""
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of published table: the columns of its Parquet files (name and SQL type), their order, its facts.

    ``lists`` is the column of the codes that the table lists as reportable, blank where it lists none. ``parts`` are
    those that an edition must have to be whole.
    """

    columns: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    relations: tuple[Relation, ...]
    lists: str = ""
    parts: tuple[str, ...] = ()

    @property
    def has_days(self) -> bool:
        """Whether its rows have columns for days of their own."""
        return ("effective_from", "INTEGER") in self.columns


_DAYS = (("effective_from", "INTEGER"), ("effective_to", "INTEGER"))
_FEE_WHERE = "modifier IS NULL AND {0} IS NOT NULL"


def _fee(predicate: str) -> Relation:
    arguments = (Argument("code", CODE), Argument(predicate, TEXT))
    return Relation(predicate, arguments, 1, where=_FEE_WHERE.format(predicate))


LAYOUTS = {
    "ptp": Layout(
        columns=(
            ("column1", "VARCHAR"),
            ("column2", "VARCHAR"),
            ("indicator", "VARCHAR"),
            *_DAYS,
            ("before_1996", "BOOLEAN"),
            ("rationale", "VARCHAR"),
        ),
        order=("column1", "column2", "effective_from", "effective_to"),
        relations=(
            Relation(
                "ptp",
                (Argument("column1", CODE), Argument("column2", CODE), Argument("indicator", WORD)),
                keys=2,
                note="rationale",
                exclusive=True,
            ),
        ),
        parts=("1", "2", "3", "4"),
    ),
    "mue": Layout(
        columns=(("code", "VARCHAR"), ("units", "INTEGER"), ("adjudication", "INTEGER"), ("rationale", "VARCHAR")),
        order=("code",),
        relations=(
            Relation(
                "mue",
                (Argument("code", CODE), Argument("units", COUNT), Argument("adjudication", COUNT)),
                keys=1,
                note="rationale",
            ),
        ),
    ),
    "addon": Layout(
        columns=(("addon", "VARCHAR"), ("parent", "VARCHAR"), ("type", "INTEGER"), *_DAYS, ("instruction", "VARCHAR")),
        order=("addon", "parent", "effective_from"),
        relations=(
            Relation("addon", (Argument("addon", CODE), Argument("type", COUNT)), keys=1),
            Relation(
                "addon_parent",
                (Argument("addon", CODE), Argument("parent", CODE)),
                keys=2,
                where="parent IS NOT NULL",
                note="instruction",
            ),
        ),
    ),
    "opps_status": Layout(
        columns=(
            ("code", "VARCHAR"),
            ("status", "VARCHAR"),
            ("apc", "VARCHAR"),
            *_DAYS,
            ("low_age", "INTEGER"),
            ("high_age", "INTEGER"),
        ),
        order=("code", "effective_from"),
        relations=(
            Relation("opps_status", (Argument("code", CODE), Argument("status", TEXT), Argument("apc", TEXT)), keys=1),
        ),
        lists="code",
    ),
    "asc_indicator": Layout(
        columns=(("code", "VARCHAR"), ("indicator", "VARCHAR"), ("addendum", "VARCHAR")),
        order=("code", "addendum"),
        relations=(
            Relation("asc_indicator", (Argument("code", CODE), Argument("indicator", TEXT)), keys=1, note="addendum"),
        ),
        lists="code",
    ),
    "fee_schedule": Layout(
        columns=(
            ("code", "VARCHAR"),
            ("modifier", "VARCHAR"),
            ("status", "VARCHAR"),
            ("component_split", "VARCHAR"),
            ("global_days", "VARCHAR"),
            ("multiple", "VARCHAR"),
            ("bilateral", "VARCHAR"),
            ("assistant", "VARCHAR"),
            ("co_surgeons", "VARCHAR"),
            ("team", "VARCHAR"),
            ("endoscopic_base", "VARCHAR"),
        ),
        order=("code", "modifier"),
        relations=(_fee("global_days"), _fee("component_split"), _fee("bilateral")),
        lists="code",
    ),
    "excludes1": Layout(
        columns=(
            ("code", "VARCHAR"),
            ("place", "INTEGER"),
            ("last_place", "INTEGER"),
            ("above", "INTEGER"),
            ("excluded_from", "VARCHAR"),
            ("excluded_to", "VARCHAR"),
            ("excluded_place", "INTEGER"),
            ("excluded_last_place", "INTEGER"),
        ),
        order=("place", "excluded_place", "excluded_last_place"),
        relations=(),
    ),
    "modifiers": Layout(
        columns=(("modifier", "VARCHAR"), *_DAYS, ("ncci", "BOOLEAN")),
        order=("modifier", "effective_from"),
        relations=(),
    ),
}
