"""`tables import`: CMS's files into a store, all of them or none.

Documents are recognised, grouped by table and edition, read into one Parquet file an edition, and the indexes of the
tables that changed are made again. The store changes in the last step only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.tables.grouping import Choice, Group, Opened, grouped, opened
from claimlogic.tables.manifest import Manifest, SourceFile, StoredEdition, StoredTable
from claimlogic.tables.workspace import manifest_before, put_into_force, workspace

if TYPE_CHECKING:
    from claimlogic.tables.staging import Stage

# Told to the caller before each step: what is done, how many steps are done, how many there are.
Progress = Callable[[str, int, int], None]

_SHOWN_FAULTS = 10


@dataclass(frozen=True, slots=True)
class Imported:
    """An edition that an import added: the table's key, and the edition as stored."""

    table: str
    edition: StoredEdition


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: editions added, editions that were there already, members of archives left aside."""

    added: tuple[Imported, ...] = ()
    unchanged: tuple[Imported, ...] = ()
    left_aside: tuple[str, ...] = field(default=())


def import_tables(
    files: Sequence[Path],
    store: Path,
    choice: Choice | None = None,
    quarantine: bool = False,
    replace_editions: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import ``files`` into the store at ``store``, which is made where there is none.

    ``choice`` tells what the files do not; ``quarantine`` sets rows aside that cannot be read, which otherwise refuse
    the import; ``replace_editions`` lets an edition take the place of one of the same days. The same files twice change
    nothing. Raises InputError, and leaves the store as it was, for files that cannot be imported.
    """
    told = progress or (lambda _step, _done, _steps: None)
    before = manifest_before(store)
    with workspace(store) as folder:
        scratch, made = folder / "scratch", folder / "made"
        scratch.mkdir()
        made.mkdir()
        documents: list[Opened] = []
        for number, path in enumerate(files):
            told(f"open {path.name}", number, 3 * len(files) + 1)
            documents.append(opened(path, scratch))
        groups, left_aside = grouped(documents, choice or Choice())
        if not groups:
            names = ", ".join(path.name for path in files)
            raise InputError("this holds only the reasons of NCCI pairs; import it together with the pairs", names)
        new, known = _sorted_out(groups, before, replace_editions)
        if not new:
            return ImportReport((), tuple(known), tuple(left_aside))
        added, after = _make(new, before, store, made, scratch, quarantine, told)
        put_into_force(store, made, after)
    return ImportReport(tuple(added), tuple(known), tuple(left_aside))


def _sorted_out(
    groups: Sequence[Group], before: Manifest, replace_editions: bool
) -> tuple[list[Group], list[Imported]]:
    """The groups to import, and those that the store has. Raises InputError for one whose days another edition has."""
    new: list[Group] = []
    known: list[Imported] = []
    for group in groups:
        table = before.tables.get(group.key)
        same = None
        for edition in table.editions if table else ():
            if (edition.first, edition.last) == (group.edition.first, group.edition.last):
                same = edition
            else:
                _check_apart(group, edition.first, edition.last, f"edition {edition.id}, which the store has")
        for other in new:
            if other.key == group.key:
                days = other.edition
                _check_apart(group, days.first, days.last, f"edition {days.id} from {other.names[0]}")
        if same is not None and _is_same(group, same):
            known.append(Imported(group.key, same))
        elif same is not None and not replace_editions:
            names = ", ".join(file.name for file in same.files)
            problem = f"edition {same.id} of {group.key} is in the store already, from {names}"
            raise InputError(f"{problem}; --replace puts this one in its place", group.names[0])
        else:
            new.append(group)
    return new, known


def _check_apart(group: Group, first: int, last: int, other: str) -> None:
    if first <= group.edition.last and group.edition.first <= last:
        problem = f"edition {group.edition.id} of {group.key} overlaps {other}"
        raise InputError(f"{problem}; give other days with --from and --to, or use another store", group.names[0])


def _is_same(group: Group, edition: StoredEdition) -> bool:
    return group.edition.id == edition.id and _told_files(group) == {(f.name, f.sha256) for f in edition.files}


def _told_files(group: Group) -> set[tuple[str, str]]:
    return {(member.document.name, member.document.sha256) for member in group.members}


def _make(
    groups: Sequence[Group],
    before: Manifest,
    store: Path,
    made: Path,
    scratch: Path,
    quarantine: bool,
    told: Progress,
) -> tuple[list[Imported], Manifest]:
    """Write the Parquet files of the groups and the indexes of their tables below ``made``."""
    from claimlogic.tables.staging import Stage

    steps = sum(len(group.members) + 1 for group in groups) + len({group.key for group in groups})
    done = 0

    def step(what: str) -> None:
        nonlocal done
        told(what, done, steps)
        done += 1

    tables = dict(before.tables)
    added = []
    stage = Stage(scratch)
    try:
        for group in groups:
            edition = _stored(group, stage, made, quarantine, step)
            table = tables.get(group.key) or StoredTable(group.published, group.judges, "", ())
            others = tuple(e for e in table.editions if (e.first, e.last) != (edition.first, edition.last))
            editions = tuple(sorted((*others, edition), key=lambda e: e.first))
            tables[group.key] = replace(table, editions=editions)
            added.append(Imported(group.key, edition))
        for key in sorted({group.key for group in groups}):
            step(f"index {key}")
            tables[key] = _indexed(tables[key], stage, store, made)
    finally:
        stage.close()
    return added, Manifest(tables)


def _stored(group: Group, stage: Stage, made: Path, quarantine: bool, step: Callable[[str], None]) -> StoredEdition:
    """Read the documents of a group into the Parquet file of its edition."""
    stage.begin(group.layout, group.rationales)
    for number, member in enumerate(group.members):
        step(f"read {member.document.name}")
        stage.load(member.document, member.reading, number)
    step(f"write {group.key} {group.edition.id}")
    names = group.names
    faulty, faults = stage.faults(names, _SHOWN_FAULTS)
    if faulty and not quarantine:
        shown = "\n  ".join(map(str, faults))
        more = f"\n  and {faulty - len(faults)} more" if faulty > len(faults) else ""
        many = "1 row cannot be read" if faulty == 1 else f"{faulty} rows cannot be read"
        raise InputError(f"{many}, so nothing was imported; --quarantine sets them aside:\n  {shown}{more}", group.key)
    counts = stage.row_counts()
    if not sum(counts.values()):
        raise InputError("no row of a table was found in it; check the download", names[0])
    files = tuple(
        SourceFile(member.document.name, member.document.sha256, counts[number], member.reading.part)
        for number, member in enumerate(group.members)
    )
    base = f"{group.key.replace('/', '-')}/{group.edition.first}-{group.edition.last}.{_short_hash(group)}"
    edition = StoredEdition(
        id=group.edition.id,
        first=group.edition.first,
        last=group.edition.last,
        rows=sum(counts.values()),
        dated=all(member.reading.dated for member in group.members),
        parquet=f"editions/{base}.parquet",
        files=files,
        missing=group.missing_parts,
        quarantined=faulty,
        quarantine=f"quarantine/{base}.tsv" if faulty else "",
        left_out=sum(m.reading.left_out() for m in group.members if m.reading.left_out),
    )
    _with_folder(made / edition.parquet)
    stage.write_rows(made / edition.parquet)
    if faulty:
        _with_folder(made / edition.quarantine)
        stage.write_faults(made / edition.quarantine, names)
    return edition


def _indexed(table: StoredTable, stage: Stage, store: Path, made: Path) -> StoredTable:
    """The table with an index made of all its editions, new ones below ``made`` and old ones in ``store``."""
    from claimlogic.tables.index import INDEX_FORMAT, has_index, write_index

    if not has_index(table):
        return table
    identity = "\n".join([str(INDEX_FORMAT), *(f"{e.parquet} {e.id} {e.whole}" for e in table.editions)])
    name = f"index/{table.key.replace('/', '-')}.{hashlib.sha256(identity.encode()).hexdigest()[:12]}.sqlite"
    _with_folder(made / name)

    def locate(edition: StoredEdition) -> Path:
        new = made / edition.parquet
        return new if new.is_file() else store / edition.parquet

    write_index(made / name, locate, table, stage.connection)
    return replace(table, index=name)


def _short_hash(group: Group) -> str:
    told = "\n".join(f"{name} {sha256}" for name, sha256 in sorted(_told_files(group)))
    return hashlib.sha256(f"{group.edition.id}\n{told}".encode()).hexdigest()[:12]


def _with_folder(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
