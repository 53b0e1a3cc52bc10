"""`tables diff`: what changed from one edition, or one day, to another, by table and by family of codes.

Two days are compared, not two files: what holds on the first day of one edition with what holds on the first day of the
other. So an edition whose rows carry days of their own can be compared with itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from claimlogic.errors import InputError
from claimlogic.sql_text import quoted
from claimlogic.tables.codec import code_text_sql
from claimlogic.tables.dated import held_ranges, make_dated, parquet_sql
from claimlogic.tables.days import day_number, read_day, written_day
from claimlogic.tables.excludes import EXCLUDES1
from claimlogic.tables.layouts import CODE, LAYOUTS, WORD, Relation
from claimlogic.tables.manifest import StoredEdition, StoredTable, read_manifest

CHANGES = ("added", "removed", "changed")

_OTHER_FAMILY = "other"
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Compared:
    """A table and the two days (YYYYMMDD) between which it is compared."""

    table: StoredTable
    before: int
    after: int


class TablesDiff:
    """The differences, in a database of their own until they are asked for."""

    def __init__(self, compared: Sequence[Compared], connection: duckdb.DuckDBPyConnection) -> None:
        self.compared = tuple(compared)
        self._connection = connection

    def counts(self) -> dict[str, dict[str, int]]:
        """For each table compared, how many facts were added, removed and changed."""
        found = {one.table.key: dict.fromkeys(CHANGES, 0) for one in self.compared}
        for table, change, count in self._rows("SELECT tab, change, count(*) FROM changes GROUP BY ALL"):
            found[table][change] = count
        return found

    def families(self) -> dict[str, dict[str, dict[str, int]]]:
        """The same by family of codes; a pair counts for the family of each of its codes."""
        found: dict[str, dict[str, dict[str, int]]] = {one.table.key: {} for one in self.compared}
        rows = self._rows(
            "SELECT tab, family, change, count(*) FROM (SELECT tab, fact, change, family, code, other FROM changes"
            " UNION SELECT tab, fact, change, other_family, code, other FROM changes WHERE other IS NOT NULL)"
            " GROUP BY ALL ORDER BY ALL"
        )
        for table, family, change, count in rows:
            found[table].setdefault(family, dict.fromkeys(CHANGES, 0))[change] = count
        return found

    def changes(self, table: str, kind: str | None = None, limit: int | None = None) -> Iterator[dict[str, str | None]]:
        """The changes of a table, sorted: all, or the first ones of a kind."""
        names = ("fact", "change", "code", "other", "before", "after", "family", "other_family")
        rows = self._rows(
            f"SELECT {', '.join(names)} FROM changes WHERE tab = ? AND change = coalesce(?, change) ORDER BY ALL"
            + (f" LIMIT {limit}" if limit else ""),
            [table, kind],
        )
        return (dict(zip(names, row, strict=True)) for row in rows)

    def write_parquet(self, path: Path) -> None:
        """Write all changes as Parquet. Raises InputError where the file cannot be written."""
        try:
            self._connection.execute(
                "COPY (SELECT tab AS 'table', * EXCLUDE (tab) FROM changes ORDER BY ALL)"
                f" TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
            )
        except duckdb.IOException:
            raise InputError("this file cannot be written", str(path)) from None

    def _rows(self, query: str, parameters: Sequence[str | None] = ()) -> list[tuple]:  # type: ignore[type-arg]
        return self._connection.execute(query, list(parameters)).fetchall()


def diff_tables(
    store: Path, before: str, after: str, families: Mapping[str, str], only: str | None = None
) -> TablesDiff:
    """What changed in the store from ``before`` to ``after``: editions by id, or days.

    ``families`` names the family of codes; ``only`` is the key of the one table wanted. Raises InputError where there
    is no store, no such table, or no table that has both editions.
    """
    manifest = read_manifest(store)
    if only is not None and only not in manifest.tables:
        raise InputError(f"the store has no table {only}; it has {', '.join(sorted(manifest.tables))}", "--table")
    tables = [table for key, table in sorted(manifest.tables.items()) if only in (None, key)]
    compared = []
    for table in tables:
        days = _day_in(table, before), _day_in(table, after)
        if days[0] is not None and days[1] is not None:
            compared.append(Compared(table, days[0], days[1]))
    if not compared:
        known = sorted({edition.id for table in tables for edition in table.editions})
        raise InputError(f"no table has both {before} and {after}; the store has {', '.join(known)}", str(store))
    connection = duckdb.connect()
    connection.execute(
        "SET enable_progress_bar = false; SET autoinstall_known_extensions = false;"
        "CREATE TABLE changes(tab VARCHAR, fact VARCHAR, change VARCHAR, code VARCHAR, other VARCHAR,"
        " before VARCHAR, after VARCHAR, family VARCHAR, other_family VARCHAR);"
        "CREATE TABLE families(code VARCHAR, family VARCHAR)"
    )
    if families:
        connection.executemany("INSERT INTO families VALUES (?, ?)", list(families.items()))
    for one in compared:
        _compare(connection, store, one)
    return TablesDiff(compared, connection)


def _day_in(table: StoredTable, named: str) -> int | None:
    """The day that a name means for a table: the first of the edition with this id, or the day itself."""
    for edition in table.editions:
        if edition.id == named:
            return edition.first
    try:
        day = read_day(named, "")
    except InputError:
        return None
    return day if table.editions and table.editions[0].first <= day else None


def _compare(connection: duckdb.DuckDBPyConnection, store: Path, one: Compared) -> None:
    def locate(edition: StoredEdition) -> Path:
        return store / edition.parquet

    days = day_number(one.before), day_number(one.after)
    for relation in LAYOUTS[one.table.published].relations:
        words = make_dated(connection, "dated", locate, one.table, relation, days)
        columns = ", ".join(
            [f"{code_text_sql(f'a{i}')} AS k{i}" for i in range(relation.keys)]
            + ([] if relation.keys == 2 else ["NULL::VARCHAR AS k1"])
            + [f"{_value_sql(relation, words.arguments)} AS value"]
        )
        on = [f"({day} BETWEEN first_day AND last_day)" for day in days]
        # A fact that holds on both days is no change, and nearly all do.
        sides = (f"SELECT {columns} FROM dated WHERE {here} AND NOT {there}" for here, there in (on, on[::-1]))
        _insert_changes(connection, one.table.key, relation.predicate, *sides)
    if one.table.published == EXCLUDES1:
        notes = []
        for day in days:
            held = max((h for h in held_ranges(one.table) if h.first <= day), key=lambda h: h.first)
            notes.append(
                "SELECT DISTINCT code AS k0, excluded_from || CASE WHEN excluded_to <> excluded_from"
                " THEN '-' || excluded_to ELSE '' END AS k1, '' AS value"
                f" FROM {parquet_sql(locate, held.edition)} WHERE excluded_place IS NOT NULL"
            )
        _insert_changes(connection, one.table.key, EXCLUDES1, *notes)


def _value_sql(relation: Relation, words: Mapping[int, list[str]]) -> str:
    """SQL of what a fact says of its codes, as text."""
    parts = []
    for at, argument in enumerate(relation.arguments[relation.keys :], start=relation.keys):
        if argument.kind == WORD:
            cases = " ".join(f"WHEN {number} THEN '{text}'" for number, text in enumerate(words[at]))
            parts.append(f"CASE a{at} {cases} END")
        else:
            assert argument.kind != CODE
            parts.append(f"a{at}::VARCHAR")
    return f"concat_ws(' ', {', '.join(parts)})" if parts else "''"


def _insert_changes(connection: duckdb.DuckDBPyConnection, table: str, fact: str, before: str, after: str) -> None:
    said = "SELECT k0, k1, string_agg(DISTINCT value, '; ' ORDER BY value) AS value FROM ({0}) GROUP BY k0, k1"
    connection.execute(
        "INSERT INTO changes SELECT ?, ?, CASE WHEN b.k0 IS NULL THEN 'added' WHEN a.k0 IS NULL THEN 'removed'"
        " ELSE 'changed' END, coalesce(a.k0, b.k0) AS code, coalesce(a.k1, b.k1) AS other, nullif(b.value, ''),"
        f" nullif(a.value, ''), coalesce(f.family, '{_OTHER_FAMILY}'),"
        f" CASE WHEN other IS NOT NULL THEN coalesce(g.family, '{_OTHER_FAMILY}') END"
        f" FROM ({said.format(before)}) b FULL JOIN ({said.format(after)}) a"
        " ON a.k0 = b.k0 AND a.k1 IS NOT DISTINCT FROM b.k1"
        " LEFT JOIN families f ON f.code = coalesce(a.k0, b.k0) LEFT JOIN families g ON g.code = coalesce(a.k1, b.k1)"
        " WHERE a.value IS DISTINCT FROM b.value",
        [table, fact],
    )


def diff_text(diff: TablesDiff) -> str:
    """The differences as lines of text: counts by table and family, and the first changes of each table."""
    lines = []
    families = diff.families()
    counts = diff.counts()
    for one in diff.compared:
        key = one.table.key
        lines.append(f"{key}  {written_day(one.before)} -> {written_day(one.after)}: {_counted(counts[key])}")
        lines.extend(f"  {family:<32} {_counted(found)}" for family, found in families[key].items())
        total = sum(counts[key].values())
        shown = [change for kind in CHANGES for change in diff.changes(key, kind, _SHOWN)]
        for change in shown:
            codes = f"{change['code']} {change['other']}" if change["other"] else change["code"]
            said = " -> ".join(str(change[side]) for side in ("before", "after") if change[side])
            lines.append(f"    {change['change']:<8} {change['fact']} {codes}{f'  {said}' if said else ''}")
        if total > len(shown):
            lines.append(f"    and {total - len(shown):,} more; --format json or parquet gives them all")
    return "\n".join(lines)


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{found[change]:,} {change}" for change in CHANGES)


def diff_json(diff: TablesDiff) -> str:
    """The differences as JSON, keys sorted."""
    counts, families = diff.counts(), diff.families()
    tables = {
        one.table.key: {
            "before": one.before,
            "after": one.after,
            "counts": counts[one.table.key],
            "families": families[one.table.key],
            "changes": list(diff.changes(one.table.key)),
        }
        for one in diff.compared
    }
    return json.dumps({"tables": tables}, indent=1, sort_keys=True)
