"""The published facts of a knowledge base, or of a store laid over it, as whole relations of a database.

Large tables are read by the database itself, from the table files of the knowledge base or the Parquet files of the
store; everything else through the store of facts. What they say is what the store of facts says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from claimlogic.knowledge.shelf import Facts
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.screening.published.numbered import numbered_rows
from claimlogic.screening.published.relations import Overlay, Relations, table_files, value_of_term
from claimlogic.tables.layouts import LAYOUTS
from claimlogic.tables.source import TablesShelf
from claimlogic.terms import Atom, Term

_TABLES_FOLDER = "tables/"
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
        leads = relations.vocabulary.predicates[predicate].kinds[0] == "table"
        pieces = relations.numbered.setdefault(predicate, [])
        for table in shelf.tables_of(predicate):
            for relation in LAYOUTS[table.published].relations:
                if relation.predicate == predicate:
                    name = f"numbered_{predicate}_{len(pieces)}"
                    pieces.append(numbered_rows(relations.connection, name, shelf, table, relation, leads))
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


def _lay_over(relations: Relations, store: FactStore, predicate: str) -> None:
    """Put facts that were added for the run in the place of those that speak of the same thing on the same days."""
    added = store.added(predicate)
    if not added:
        return
    declared = relations.vocabulary.predicates[predicate]
    key = [i for i in declared.key if declared.kinds[i] != "day"]
    days = [i for i, kind in enumerate(declared.kinds) if kind == "day"]
    replaced: list[Overlay] = []
    for fact in added if key else ():
        values = [value_of_term(argument) for argument in fact.atom.arguments]
        told = [(i, "=", values[i]) for i in key]
        if len(days) == 2:
            first, last = days
            told += [(first, "<=", values[last]), (last, ">=", values[first])]
        replaced.append(tuple(told))
    relations.lay_over(predicate, added, replaced)
