"""``ask``: a named question, or one atom, and the list of questions.

Exit status: 0 answered ("no" is an answer), 2 bad input, 3 too many rows, 4 the answer may lack something.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from claimlogic.asking.ask import Asker
from claimlogic.asking.run import TooMany
from claimlogic.asking.show import as_json, as_text, list_as_json, list_as_text
from claimlogic.cli.common import LIMIT_HIT, UNKNOWN, one_of
from claimlogic.errors import InputError
from claimlogic.knowledge.added import read_added_facts
from claimlogic.knowledge_base import KnowledgeBase


def ask_question(
    name: str | None,
    arguments: Sequence[str],
    goal: str | None,
    listed: bool,
    on: str | None,
    format: str,
    places: bool,
    trust: str | None,
    directory: Path | None,
    facts: Path | None,
    tables: Path | None = None,
) -> int:
    """Print the answers to one question; returns the exit status. Raises InputError."""
    one_of(format, ("text", "json"))
    kb = KnowledgeBase(directory, tables=tables)
    added = read_added_facts(facts, kb.knowledge.vocabulary) if facts is not None else ()
    store = kb.store.with_facts(added) if added else kb.store
    asker = Asker(kb.knowledge, store, added=[fact.atom for fact in added])
    if listed:
        questions = asker.questions()
        print(list_as_json(questions) if format == "json" else list_as_text(questions))
        return 0
    if (name is None) == (goal is None):
        raise InputError("name a question (ask --list shows them), or give one atom with --goal", "ask")
    try:
        if goal is not None:
            if on is not None:
                raise InputError("a goal has no day; give the day as a constant", "--on")
            answers = asker.goal(goal, trust)
        else:
            answers = asker.ask(str(name), *arguments, on=on, trust=trust)
    except TooMany as fault:
        print(f"claimlogic: {fault}", file=sys.stderr)
        return LIMIT_HIT
    print(as_json(answers, store) if format == "json" else as_text(answers, store, places))
    return UNKNOWN if answers.unknown else 0
