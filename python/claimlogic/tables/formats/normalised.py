"""Tables that others have put into plain tab-separated form: one heading of exact names, one row a line."""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.tables.documents import Document
from claimlogic.tables.formats.addon import NO_LIST
from claimlogic.tables.formats.opps import APC_DIGITS
from claimlogic.tables.formats.ptp import INDICATORS
from claimlogic.tables.reading import (
    CellReader,
    Field,
    Reading,
    code,
    code_or_none,
    day,
    edition_told,
    flag,
    indicator,
    leading_digit,
    padded,
    renamed,
    table_told,
    text,
    whole,
    whole_or_none,
    word,
)

# The scratch table of rationale texts by letter, and the heading of the file that fills it.
RATIONALES = "rationale_texts"
_RATIONALE_HEADING = ("id", "rationale")

_Columns = Sequence[tuple[str, str, CellReader]]

_MUE: _Columns = (("code", "hcpcs", code), ("units", "mue", whole), ("rationale", "rationale", text))
_MUE_DIGITS = leading_digit("123")
_ADDON: _Columns = (("addon", "add_on", code), ("type", "type", leading_digit("123")))
_RANGE: _Columns = (("effective_from", "effective_from", day()), ("effective_to", "effective_to", day()))
_PAIR: _Columns = (
    ("column1", "column1", code),
    ("column2", "column2", code),
    ("indicator", "modifier", word(INDICATORS)),
)

# For each heading: the table, whether rows tell their first day, and column of the store, column of the file, reading.
_HEADINGS: dict[str, tuple[str, bool, _Columns]] = {
    "column1 column2 deletion modifier rationale_id": (
        "ptp",
        False,
        (*_PAIR, ("effective_to", "deletion", day()), ("rationale", "rationale_id", renamed(RATIONALES))),
    ),
    "column1 column2 effective_from effective_to modifier": ("ptp", True, (*_PAIR, *_RANGE)),
    "hcpcs mue mai rationale": ("mue", False, (*_MUE, ("adjudication", "mai", _MUE_DIGITS))),
    "hcpcs mue mai_text rationale": ("mue", False, (*_MUE, ("adjudication", "mai_text", _MUE_DIGITS))),
    "add_on primary type": ("addon", False, (*_ADDON, ("parent", "primary", code_or_none(NO_LIST)))),
    "add_on primary type edit_effective special_instruction": (
        "addon",
        True,
        (
            *_ADDON,
            ("parent", "primary", code_or_none(NO_LIST)),
            ("effective_from", "edit_effective", day()),
            ("instruction", "special_instruction", text),
        ),
    ),
    "add_on primary type effective_from effective_to": (
        "addon",
        True,
        (*_ADDON, ("parent", "primary", code_or_none()), *_RANGE),
    ),
    "hcpcs effective_from effective_to status_indicator apc low_age high_age": (
        "opps_status",
        True,
        (
            ("code", "hcpcs", code),
            ("status", "status_indicator", indicator),
            ("apc", "apc", padded(APC_DIGITS)),
            *_RANGE,
            ("low_age", "low_age", whole_or_none),
            ("high_age", "high_age", whole_or_none),
        ),
    ),
    "hcpcs si apc": (
        "opps_status",
        False,
        (("code", "hcpcs", code), ("status", "si", indicator), ("apc", "apc", padded(APC_DIGITS))),
    ),
    "modifier effective_from effective_to ncci": (
        "modifiers",
        True,
        (("modifier", "modifier", text), *_RANGE, ("ncci", "ncci", flag("1"))),
    ),
}
_FEE_HEADING = {
    "code": "hcpcs_code",
    "modifier": "mod",
    "status": "status",
    "component_split": "pctc",
    "global_days": "glob",
    "multiple": "mult_proc",
    "bilateral": "bilat_surg",
    "assistant": "asst_surg",
    "co_surgeons": "co_surg",
    "team": "team_surg",
    "endoscopic_base": "endo_base",
}


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    if document.form != "text" or not document.head_lines:
        return None
    heading = tuple(document.head_lines[0].lstrip("\ufeff").split("\t"))
    if set(_FEE_HEADING.values()) <= set(heading):
        return _reading(document, heading, "fee_schedule", False, _fee_columns())
    if (known := _HEADINGS.get(" ".join(heading))) is None:
        return None
    layout, dated, columns = known
    return _reading(document, heading, layout, dated, columns)


def rationale_texts(document: Document) -> list[tuple[str, str]] | None:
    """The rationale texts by letter, None where the document is no list of them."""
    if not document.head or tuple(document.head[0][1]) != _RATIONALE_HEADING:
        return None
    return [(cells[0], cells[1]) for _, cells in document.rows() if len(cells) == 2][1:]


def _reading(document: Document, heading: Sequence[str], layout: str, dated: bool, columns: _Columns) -> Reading:
    per_table = layout in ("ptp", "mue")
    return Reading(
        layout=layout,
        published=layout,
        judges=table_told(document) if per_table else "",
        fields=tuple(Field(column, heading.index(name), read) for column, name, read in columns),
        edition=edition_told(document),
        dated=dated,
        after=1,
        by_letter="rationale_id" in heading,
    )


def _fee_columns() -> _Columns:
    return tuple((column, name, code if column == "code" else text) for column, name in _FEE_HEADING.items())
