"""The published facts of a knowledge base, or of a store laid over it, as whole relations of a database.

Large tables are read by the database itself, from the table files of the knowledge base or the Parquet files of the
store; everything else through the store of facts. What they say is what the store of facts says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.knowledge.shelf import Facts
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.screening.plan import OPEN_END_NUMBER
from claimlogic.screening.relations import Relations, table_files, value_of_term
from claimlogic.tables.codec import code_text_sql
from claimlogic.tables.dated import ORIGIN_COLUMNS, make_dated
from claimlogic.tables.days import OPEN_NUMBER, day_sql
from claimlogic.tables.layouts import CODE, LAYOUTS, WORD, Relation
from claimlogic.tables.manifest import StoredTable
from claimlogic.tables.source import TablesShelf
from claimlogic.terms import Atom, Term

if TYPE_CHECKING:
    pass

_TABLES_FOLDER = "tables/"
_DATED = "dated_facts"
_NOWHERE = ("", 0, "", "", "")
# Of so many facts the places are not looked up one by one.
_MANY = 10_000


def load_published(relations: Relations, store: FactStore, directory: Path, predicates: Collection[str]) -> None:
    """Add to ``relations`` every fact of some predicates that a store of facts holds.

    ``directory`` is that of the knowledge base, whose table files are read by the database.
    """
    with tempfile.TemporaryDirectory() as scratch:
        files = table_files(directory, predicates)
        for predicate in sorted(predicates):
            relations.declare(predicate)
            own = [path for path in files if path.name.split(".")[0].split("__")[0] == predicate]
            for shelf in store.shelves:
                if predicate in shelf.predicates:
                    _load_shelf(relations, shelf, predicate, directory, own, Path(scratch))
            _lay_over(relations, store, predicate)


def _load_shelf(
    relations: Relations, shelf: Facts, predicate: str, directory: Path, files: Sequence[Path], scratch: Path
) -> None:
    if isinstance(shelf, TablesShelf) and shelf.tables_of(predicate):
        for table in shelf.tables_of(predicate):
            for relation in LAYOUTS[table.published].relations:
                if relation.predicate == predicate:
                    _add_parquet(relations, shelf, table, relation)
    elif files and all(file.startswith(_TABLES_FOLDER) for file in shelf.files()):
        for path in files:
            relations.add_table_file(path, path.relative_to(directory).as_posix(), scratch)
    else:
        width = len(relations.vocabulary.predicates[predicate].arguments)
        found = sorted(shelf.match(predicate, [None] * width), key=str)
        told = len(found) <= _MANY
        relations.add_facts(predicate, [_placed(shelf, predicate, values, told) for values in found])


def _placed(shelf: Facts, predicate: str, values: tuple[Term, ...], told: bool) -> PublishedFact:
    file, line, source, place, note = next(iter(shelf.published(predicate, values)), _NOWHERE) if told else _NOWHERE
    return PublishedFact(Atom(predicate, values), file, line, source, place, note)


def _add_parquet(relations: Relations, shelf: TablesShelf, table: StoredTable, relation: Relation) -> None:
    connection = relations.connection
    words = make_dated(connection, _DATED, shelf.locate, table, relation)
    columns = [f"'{table.judges}'"] if relations.vocabulary.predicates[relation.predicate].kinds[0] == "table" else []
    for place, argument in enumerate(relation.arguments):
        name = f"a{place}"
        if argument.kind == CODE:
            name = code_text_sql(name)
        elif argument.kind == WORD:
            name = f"{_list(words.arguments[place])}[{name} + 1]"
        columns.append(name)
    ends = f"CASE WHEN last_day = {OPEN_NUMBER} THEN {OPEN_END_NUMBER} ELSE {day_sql('last_day')} END"
    note = f"coalesce({_list(words.notes)}[note + 1], '')" if words.notes else "''"
    editions = _list([edition.id for edition in table.editions])
    files = f"[{', '.join(_list([file.name for file in edition.files]) for edition in table.editions)}]"
    connection.execute(
        f'INSERT INTO "{relations.declare(relation.predicate)}" SELECT {", ".join(columns)}, {day_sql("first_day")},'
        f" {ends}, ?, {editions}[place + 1], {note}, coalesce({files}[place + 1][file + 1], ''), line"
        f" FROM (SELECT *, {ORIGIN_COLUMNS} FROM {_DATED})",
        [shelf.source_of(table)],
    )
    connection.execute(f"DROP TABLE {_DATED}")


def _lay_over(relations: Relations, store: FactStore, predicate: str) -> None:
    """Put facts that were added for the run in the place of those that speak of the same thing on the same days."""
    added = store.added(predicate)
    if not added:
        return
    declared = relations.vocabulary.predicates[predicate]
    key = [i for i in declared.key if declared.kinds[i] != "day"]
    days = [i for i, kind in enumerate(declared.kinds) if kind == "day"]
    for fact in added:
        values = [value_of_term(argument) for argument in fact.atom.arguments]
        if key:
            same = [f"a{i} = ?" for i in key]
            told = [values[i] for i in key]
            if len(days) == 2:
                first, last = days
                same += [f"a{first} <= ?", f"? <= a{last}"]
                told += [values[last], values[first]]
            relations.connection.execute(f'DELETE FROM "{relations.names[predicate]}" WHERE {" AND ".join(same)}', told)
    relations.add_facts(predicate, added)


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"
