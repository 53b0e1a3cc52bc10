"""Answers as text and as JSON.

``ask --format json`` prints one object on one line, keys sorted:

    {"question": "parents", "sentence": "Which procedures ...?", "arguments": {"code": "77002"}, "day": "2026-08-01",
     "columns": [{"name": "parent", "kind": "code"}, ...],
     "answers": [{"values": {"parent": "10160", "since": "2017-01-01", "until": null},
                  "facts": [{"fact": "addon_parent(...)", "file": "tables/addon_parent.tsv", "line": 281,
                             "source": "cms_addon_edits", "where": "...", "note": ""}]}, ...],
     "codes": {"10160": "what it is, in our own words", ...},
     "editions": [{"published": "addon", "table": "practitioner", "edition": "..."}],
     "notes": ["..."], "unknown": ["..."], "not_said": "...", "searched": ["addon", "addon_parent", ...],
     "sources": [{"id": "...", "where": "...", "authority": "...", "title": "...", "edition": "..."}],
     "kb": {"version": "..."}, "added_facts": ["..."]}

Days are text, an open end is null, and ``day`` is null where the question does not depend on one. ``unknown`` says why
the answer may lack something; it is empty where the answer is whole. ``ask --list --format json`` prints an array of
``{"name", "sentence", "asks", "arguments": [{"name", "kind", "default"}], "columns", "example", "reads",
"not_said"}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from claimlogic.asking.answers import Answers, Column, Row, Value
from claimlogic.asking.questions import Question
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.reports.words import counted, day
from claimlogic.results import Citation
from claimlogic.terms import plain

_NAMES = frozenset({"rule", "source", "dispute", "family"})
_WORDS = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
_OPEN_END_OF = {"day": "open", "age": "any age above"}


def as_text(answers: Answers, store: FactStore, places: bool = False) -> str:
    """The answers for a reader; ``places`` adds where each row stands."""
    lines = [_title(answers), ""]
    if answers.rows and answers.columns:
        lines += [*_table(answers, _shorts(store), store.vocabulary, places), ""]
    lines.append(_outcome(answers))
    if not answers.rows:
        lines += [f"searched: {sentence}" for sentence in _searched(answers, store.vocabulary)]
    lines += [f"unknown: {sentence}" for sentence in answers.unknown]
    lines += [f"note: {sentence}" for sentence in answers.notes]
    lines += [f"not said: {answers.not_said}"] if answers.not_said else []
    lines += [f"edition: {e.published} ({e.table}) {e.edition}" for e in answers.editions]
    lines += [f"source: {sentence}" for sentence in _cited(answers.sources)]
    lines += [f"added for this run: {fact}" for fact in answers.added_facts]
    return "\n".join(lines)


def as_json(answers: Answers, store: FactStore) -> str:
    """The answers as one JSON object on one line."""
    shorts = _shorts(store)
    codes = {v for row in answers.rows for v, c in zip(row.values, answers.columns, strict=True) if c.kind == "code"}
    codes |= {value for _, value in answers.arguments}
    whole = {
        "question": answers.question,
        "sentence": answers.sentence,
        "arguments": dict(answers.arguments),
        "day": None if answers.day is None else day(answers.day),
        "columns": [asdict(column) for column in answers.columns],
        "answers": [_row_object(row, answers.columns) for row in answers.rows],
        "codes": {str(code): shorts[str(code)] for code in codes if str(code) in shorts},
        "editions": [{"published": e.published, "table": e.table, "edition": e.edition} for e in answers.editions],
        "notes": answers.notes,
        "unknown": answers.unknown,
        "not_said": answers.not_said,
        "searched": answers.searched,
        "sources": [asdict(citation) for citation in answers.sources],
        "kb": {"version": answers.version},
        "added_facts": [str(fact) for fact in answers.added_facts],
    }
    return json.dumps(whole, sort_keys=True, ensure_ascii=False)


def list_as_text(questions: Mapping[str, Question]) -> str:
    """Every question with its arguments, sentence and example."""
    width = max((len(q.usage) for q in questions.values()), default=0)
    lines = [f"{q.usage:{width}}  {q.sentence}" for q in questions.values()]
    how = "Each as of a day: --on 2026-08-01 (default: today). One atom: --goal 'addon_parent(\"77002\", P, From, To)'"
    return "\n".join([*lines, "", how])


def list_as_json(questions: Mapping[str, Question]) -> str:
    """Every question as an array of objects."""
    return json.dumps([_question_object(q) for q in questions.values()], sort_keys=True, ensure_ascii=False)


def _title(answers: Answers) -> str:
    told = [str(value) for _, value in answers.arguments]
    if answers.day is not None:
        told.append(f"on {day(answers.day)}")
    return f"{answers.sentence}  {', '.join(told)}".rstrip()


def _outcome(answers: Answers) -> str:
    if answers.rows:
        return counted(len(answers.rows), "answer") if answers.columns else "yes"
    return "nothing found, and it is not known whether that is all" if answers.unknown else "no: nothing found"


def _searched(answers: Answers, vocabulary: Vocabulary) -> Iterable[str]:
    for name in answers.searched:
        declared = vocabulary.predicates[name]
        yield f"{name}({', '.join(declared.arguments)}): {declared.meaning.rstrip('.')}"


def _cited(citations: Iterable[Citation]) -> list[str]:
    places: dict[str, list[str]] = {}
    for citation in citations:
        edition = f", {citation.edition}" if citation.edition else ""
        places.setdefault(f"{citation.id} ({citation.title}{edition})", []).append(citation.where)
    return [f"{source}: {'; '.join(filter(None, found))}".removesuffix(": ") for source, found in places.items()]


def _table(answers: Answers, shorts: Mapping[str, str], vocabulary: Vocabulary, places: bool) -> list[str]:
    header: list[str] = []
    for column in answers.columns:
        header += [column.name.replace("_", " "), *(["what it is"] if column.kind == "code" else [])]
    header += ["noted", *(["where it stands"] if places else [])]
    rows = [_cells(row, answers.columns, shorts, vocabulary, places) for row in answers.rows]
    noted = header.index("noted")
    shared = {cells[noted] for cells in rows}
    if len(shared) == 1:
        for cells in rows:
            cells[noted] = ""
    kept = [at for at in range(len(header)) if any(cells[at] for cells in rows)]
    widths = {at: max(len(cells[at]) for cells in [header, *rows]) for at in kept}
    lines = [_line(cells, kept, widths) for cells in [header, *rows]]
    return [*lines, *(f"each noted {note}" for note in shared if note and len(shared) == 1)]


def _cells(
    row: Row, columns: Sequence[Column], shorts: Mapping[str, str], vocabulary: Vocabulary, places: bool
) -> list[str]:
    cells = []
    for value, column in zip(row.values, columns, strict=True):
        cells += [_cell(value, column, vocabulary), *([shorts.get(str(value), "")] if column.kind == "code" else [])]
    cells.append("; ".join(dict.fromkeys(fact.note for fact in row.facts if fact.note)))
    if places:
        cells.append(", ".join(f"{fact.file}:{fact.line}" for fact in row.facts))
    return cells


def _line(cells: Sequence[str], kept: Sequence[int], widths: Mapping[int, int]) -> str:
    return "  ".join(f"{cells[at]:{widths[at]}}" for at in kept).rstrip()


def _cell(value: Value, column: Column, vocabulary: Vocabulary) -> str:
    if value is None:
        return _OPEN_END_OF.get(column.kind, "open")
    if column.kind == "day":
        return day(value)
    kind = vocabulary.kinds.get(column.kind)
    wordy = kind is not None and kind.base == "word" and column.kind not in _NAMES
    wordy = wordy or (kind is None and _WORDS.fullmatch(str(value)) is not None)
    return str(value).replace("_", " ") if wordy else str(value)


def _shorts(store: FactStore) -> dict[str, str]:
    if "short" not in store.predicates:
        return {}
    return {plain(code): plain(words) for code, words in store.match("short", (None, None))}


def _row_object(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    values = {
        column.name: day(value) if column.kind == "day" and value is not None else value
        for column, value in zip(columns, row.values, strict=True)
    }
    facts = [
        {"fact": str(f.atom), "file": f.file, "line": f.line, "source": f.source, "where": f.where, "note": f.note}
        for f in row.facts
    ]
    return {"values": values, "facts": facts}


def _question_object(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "sentence": question.sentence,
        "asks": question.asks,
        "arguments": [asdict(argument) for argument in question.arguments],
        "columns": [asdict(column) for column in question.columns],
        "example": question.example,
        "reads": question.reads,
        "not_said": question.not_said,
    }
