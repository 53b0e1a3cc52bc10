"""`tables info`: which editions a store holds, which days lie between them, and which tables it lacks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from claimlogic.knowledge.store import FactStore
from claimlogic.tables.days import day_after, day_before, written_day
from claimlogic.tables.manifest import Manifest, StoredEdition, StoredTable, read_manifest, table_key


@dataclass(frozen=True, slots=True)
class Gap:
    """Days (YYYYMMDD, both included) for which no edition was published to the store, and the one used instead."""

    first: int
    last: int
    carried_forward: str


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds, the gaps of each table, and the tables that judge claims and are not in it."""

    manifest: Manifest
    gaps: dict[str, tuple[Gap, ...]]
    missing: tuple[str, ...]


def store_info(store: Path, facts: FactStore) -> StoreInfo:
    """What the store at ``store`` holds, measured by the tables that the knowledge base judges by.

    Raises InputError where there is no store.
    """
    manifest = read_manifest(store)
    wanted = set(judging_tables(facts))
    return StoreInfo(
        manifest,
        {key: tuple(_gaps(table)) for key, table in sorted(manifest.tables.items())},
        tuple(sorted(wanted - set(manifest.tables))),
    )


def judging_tables(facts: FactStore) -> Iterable[str]:
    """The keys of the tables that the knowledge base judges by, as it names their sources."""
    by_table = {p.published for p in facts.vocabulary.predicates.values() if p.published and p.kinds[0] == "table"}
    if "published_source" not in facts.predicates:
        return
    for published, judges, _ in facts.match("published_source", (None, None, None)):
        yield table_key(str(published), str(judges) if published in by_table else "")


def _gaps(table: StoredTable) -> Iterator[Gap]:
    whole = [edition for edition in table.editions if edition.whole]
    for edition, following in pairwise(whole):
        if day_after(edition.last) < following.first:
            yield Gap(day_after(edition.last), day_before(following.first), edition.id)


def info_text(info: StoreInfo) -> str:
    """The store as lines of text."""
    lines = []
    for key, table in sorted(info.manifest.tables.items()):
        lines.append(key)
        for edition in table.editions:
            lines.extend(f"  {line}" for line in _edition_lines(edition))
            lines.extend(
                f"  {'gap':<24} {written_day(gap.first)} to {written_day(gap.last)}  judged by {gap.carried_forward}"
                for gap in info.gaps[key]
                if gap.carried_forward == edition.id
            )
    if info.missing:
        lines.append(f"not in the store: {', '.join(info.missing)}")
    return "\n".join(lines)


def _edition_lines(edition: StoredEdition) -> Iterator[str]:
    days = f"{written_day(edition.first)} to {written_day(edition.last)}"
    yield f"{edition.id:<24} {days}  {edition.rows:>9,} rows"
    for file in edition.files:
        yield f"    {file.name}  sha256 {file.sha256}"
    if edition.missing:
        yield f"    {incomplete_text(edition)}"
    if edition.quarantined:
        yield f"    {edition.quarantined:,} rows could not be read and stand in {edition.quarantine}"
    if edition.left_out:
        yield f"    {edition.left_out:,} notes name no code and are left out"


def incomplete_text(edition: StoredEdition) -> str:
    """What is said of an edition of which parts are missing."""
    parts = f"parts {', '.join(edition.missing)} are" if len(edition.missing) > 1 else f"part {edition.missing[0]} is"
    return f"incomplete: {parts} missing, so no claim is judged clean by it; import all parts together"


def info_json(info: StoreInfo) -> str:
    """The store as JSON, keys sorted."""
    tables = {
        key: {
            "editions": [asdict(edition) for edition in table.editions],
            "gaps": [asdict(gap) for gap in info.gaps[key]],
        }
        for key, table in info.manifest.tables.items()
    }
    return json.dumps({"missing": info.missing, "tables": tables}, indent=1, sort_keys=True)
