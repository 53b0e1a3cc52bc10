"""``allowed`` and ``whynot``: read an encounter or codes, search, print.

The exit status: 0 sets were found (or the code is allowed, or why not is told), 4 something that decides is not told or
stays unknown, or nothing here describes what was done; 3 the time ran out, 2 bad input.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from claimlogic.cli.common import LIMIT_HIT, UNKNOWN, check_time_limit, one_of, short_wordings
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options

FORMATS = ("text", "json")
_OPTIONS = {
    "setting": "--setting",
    "date": "--date",
    "form": "--form",
    "payer": "--payer",
    "patient_age": "--age",
}
DEFAULT_SETTING = {"professional": "office", "institutional": "hospital_outpatient"}


def allowed_command(
    encounters: Sequence[str] = (),
    codes: Sequence[str] = (),
    format: str = "text",
    everything: bool = False,
    time_limit: float | None = None,
    trust: str | None = None,
    strict_dates: bool = False,
    directory: Path | None = None,
    facts: Path | None = None,
    tables: Path | None = None,
    setting: str | None = None,
    date: str | None = None,
    form: str | None = None,
    payer: str | None = None,
    age: int | None = None,
) -> int:
    """Print every best code set of each encounter file, or every largest payable set of ``codes``. Raises InputError.

    ``setting``, ``date``, ``form``, ``payer`` and ``age`` tell how codes are claimed; an encounter tells it itself.
    """
    one_of(format, FORMATS)
    check_time_limit(time_limit)
    kb = KnowledgeBase(directory, facts, tables)
    options = Options(trust, strict_dates)
    told = {"--setting": setting, "--date": date, "--form": form, "--payer": payer, "--age": age}
    if codes:
        if encounters:
            raise InputError("give an encounter or codes, not both", "--codes")
        return _largest(kb, codes, told, format, time_limit, options)
    if given := [name for name, value in told.items() if value is not None]:
        raise InputError("this goes with --codes; an encounter tells it itself", given[0])
    if not encounters:
        raise InputError("give the file of an encounter, or codes after --codes", "ENCOUNTER")
    return _sets(kb, encounters, format, everything, time_limit, options)


def whynot_command(
    code: str,
    encounter: str,
    format: str = "text",
    depth: int | None = None,
    time_limit: float | None = None,
    trust: str | None = None,
    strict_dates: bool = False,
    directory: Path | None = None,
    facts: Path | None = None,
    tables: Path | None = None,
) -> int:
    """Print why a code is in no best set for an encounter, or that it is in one. Raises InputError."""
    from dataclasses import replace

    from claimlogic.reports.allowed_whynot import whynot_json, whynot_text
    from claimlogic.search.whynot import whynot

    one_of(format, FORMATS)
    check_time_limit(time_limit)
    kb = KnowledgeBase(directory, facts, tables)
    result = whynot(kb, code, kb.read_encounter(encounter), Options(trust, strict_dates), time_limit)
    knowledge = replace(kb.knowledge, store=kb.store)
    if format == "json":
        print(whynot_json(result, knowledge))
    else:
        in_claims = {line.code for one in result.answers if one.claim for line in one.claim.lines}
        print(whynot_text(result, knowledge, short_wordings(kb.store, in_claims), depth))
    if not all(one.proven for one in result.answers):
        return LIMIT_HIT
    return UNKNOWN if result.allowed_if else 0


def _sets(
    kb: KnowledgeBase,
    encounters: Sequence[str],
    format: str,
    everything: bool,
    time_limit: float | None,
    options: Options,
) -> int:
    from claimlogic.reports.allowed_json import allowed_json
    from claimlogic.reports.allowed_text import allowed_text
    from claimlogic.search.allowed import allowed

    read = [kb.read_encounter(file) for file in encounters]
    results = [allowed(kb, one, options, everything, time_limit) for one in read]
    for result in results:
        if format == "json":
            print(allowed_json(result))
        else:
            codes = {line.code for one in result.sets for line in one.lines}
            print(allowed_text(result, short_wordings(kb.store, codes)))
    if not all(result.proven for result in results):
        return LIMIT_HIT
    sure = all(
        not result.questions and all(one.result and one.result.verdict != "unknown" for one in result.sets)
        for result in results
    )
    return 0 if sure else UNKNOWN


def _largest(
    kb: KnowledgeBase,
    codes: Sequence[str],
    told: dict[str, Any],
    format: str,
    time_limit: float | None,
    options: Options,
) -> int:
    from claimlogic.claims.documents import claims_from_data
    from claimlogic.reports.allowed_codes import largest_json, largest_text
    from claimlogic.search.largest import largest

    form = told["--form"] or "professional"
    data = {
        "id": "codes",
        "form": form,
        "setting": told["--setting"] or DEFAULT_SETTING.get(form, "office"),
        "date": told["--date"] or dt.date.today().isoformat(),
        "lines": [{"code": code, "modifiers": list(modifiers)} for code, *modifiers in (c.split("-") for c in codes)],
    }
    data |= {
        key: told[name] for key, name in (("payer", "--payer"), ("patient_age", "--age")) if told[name] is not None
    }
    try:
        claim = claims_from_data(data, kb.knowledge.vocabulary.words())[0]
    except InputError as fault:
        raise InputError(fault.problem, _as_given(fault.place)) from None
    result = largest(kb, claim, options, time_limit)
    if format == "json":
        print(largest_json(result))
    else:
        judged_as = f"{form} claim, {data['setting']}, {data['date']}"
        print(largest_text(result, judged_as, short_wordings(kb.store, {line.code for line in claim.lines})))
    if not result.proven:
        return LIMIT_HIT
    return UNKNOWN if any(one.result.verdict == "unknown" for one in result.sets) else 0


def _as_given(place: str) -> str:
    """Where a fault of the claim that is made of codes and options stands on the command line."""
    if found := re.match(r"lines\[(\d+)\]", place):
        return f"code {int(found[1]) + 1}"
    return _OPTIONS.get(place, place)
