"""Ask a named question, or one atom, of a knowledge base.

asker = Asker(knowledge)
answers = asker.ask("parents", "77002", on="2026-08-01")
answers.column("parent")
asker.goal('addon_parent("77002", P, From, To)')
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from claimlogic.asking.answers import Answers, Column, Row, value
from claimlogic.asking.datalog import order_key
from claimlogic.asking.goal import columns_of, parse_goal
from claimlogic.asking.program import ANSWER, ASKED, EDITION, REMARK, UNKNOWN, Program, compile_goal, compile_question
from claimlogic.asking.questions import DAY, Question, default_questions, named, read_questions
from claimlogic.asking.run import Conclusion, run
from claimlogic.asking.values import Given, argument_term, day_term
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Literal, Rule, Variable
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.reports.kinds import Kinds
from claimlogic.reports.words import day as written_day
from claimlogic.results import Citation, Edition
from claimlogic.terms import Atom, Term, plain

_UNDATED = "this question does not depend on a day"


class Asker:
    """Named questions over one knowledge base. May be shared by threads; a question is compiled once a process."""

    def __init__(
        self,
        knowledge: Knowledge,
        store: FactStore | None = None,
        added: Sequence[Atom] = (),
        directory: Path | None = None,
    ) -> None:
        """``store`` stands for the knowledge base's own facts where others, ``added``, are laid over them.

        ``directory`` holds the questions, by default those that come with claimlogic.
        """
        self._knowledge = knowledge
        self._store = store or knowledge.store
        self._added = tuple(added)
        self._directory = directory or default_questions()

    def questions(self) -> Mapping[str, Question]:
        """Every question by name, sorted."""
        return read_questions(self._directory)

    def ask(
        self, name: str, /, *values: Given, on: Given | None = None, trust: str | None = None, **arguments: Given
    ) -> Answers:
        """The answers to a named question, its arguments in order or by name, as of the day ``on`` (default: today).

        ``trust`` names an authority to believe first where sources disagree. Raises InputError for a question that
        there is not, and for arguments that it does not take; an unknown code is no error but an unknown in the answer.
        """
        question = named(self._directory, name)
        program = compile_question(question, self._knowledge)
        asked = self._arguments(question, values, arguments)
        day = day_term(dt.date.today() if on is None else on, "--on")
        if program.dated:
            answers = self._answers(program, [*asked, (DAY, day)], question.columns, trust, day)
        else:
            answers = self._answers(program, asked, question.columns, trust, None)
        return replace(
            answers,
            question=name,
            sentence=question.sentence,
            arguments=tuple((argument, value(term)) for argument, term in asked),
            notes=answers.notes if program.dated or on is None else (*answers.notes, _UNDATED),
            not_said=question.not_said,
        )

    def goal(self, goal_text: str, trust: str | None = None) -> Answers:
        """The answers to one atom of the vocabulary. Raises InputError for anything else."""
        goal = parse_goal(goal_text, self._knowledge.vocabulary)
        program = compile_goal(goal.atom, goal.variables, self._knowledge, self._directory)
        codes = [
            ("code", argument)
            for argument, kind in zip(goal.atom.arguments, goal.predicate.kinds, strict=True)
            if kind == "code" and isinstance(argument, str)
        ]
        columns = [Column(name, kind) for name, kind in columns_of(goal)]
        answers = self._answers(program, codes, columns, trust, None)
        return replace(answers, question="goal", sentence=" ".join(goal_text.split()))

    def _arguments(
        self, question: Question, values: Sequence[Given], named_values: Mapping[str, Given]
    ) -> list[tuple[str, Term]]:
        how = f"it is asked: claimlogic ask {question.usage}, for example: claimlogic ask {question.example}"
        names = [argument.name for argument in question.arguments]
        if len(values) > len(names):
            takes = f"{question.name} takes {len(names)} arguments, {len(values)} are given"
            raise InputError(f"{takes}; {how}", "ask")
        told: dict[str, Given | None] = dict(zip(names, values, strict=False))
        for name, given in named_values.items():
            if name not in names or name in told:
                problem = "is given twice" if name in told else "is none of its arguments"
                raise InputError(f"{name} {problem}; {how}", "ask")
            told[name] = given
        terms = []
        for argument in question.arguments:
            wanted = told.get(argument.name, argument.default)
            if wanted is None:
                raise InputError(f"{question.name} needs {argument.name.upper()}; {how}", "ask")
            kind = self._knowledge.vocabulary.kinds[argument.kind]
            terms.append((argument.name, argument_term(wanted, argument.name, kind)))
        return terms

    def _answers(
        self,
        program: Program,
        asked: Sequence[tuple[str, Term]],
        columns: Sequence[Column],
        trust: str | None,
        day: int | None,
    ) -> Answers:
        by_goal: dict[str, list[Conclusion]] = {}
        for conclusion in run(program, self._store, asked, self._trusted(trust)):
            by_goal.setdefault(conclusion.rule.head.predicate, []).append(conclusion)
        rows = _rows(by_goal.get(ANSWER, ()))
        return Answers(
            question="",
            sentence="",
            arguments=(),
            day=day,
            columns=tuple(columns),
            rows=rows,
            notes=_sentences(by_goal.get(REMARK, ()), program),
            unknown=_sentences(by_goal.get(UNKNOWN, ()), program),
            editions=_editions(by_goal.get(EDITION, ()), day or 0),
            sources=self._citations(fact for row in rows for fact in row.facts),
            searched=program.searched,
            not_said="",
            version=self._knowledge.version,
            added_facts=self._added,
        )

    def _trusted(self, trust: str | None) -> list[Atom]:
        if trust is None:
            return []
        known = sorted(self._knowledge.vocabulary.kinds["authority"].constants)
        if trust not in known:
            raise InputError(f"no authority {trust}; choose one of {', '.join(known)}", "--trust")
        return [Atom("trust", (trust,))]

    def _citations(self, facts: Iterable[PublishedFact]) -> tuple[Citation, ...]:
        found = []
        for source, where in sorted({(fact.source, fact.where) for fact in facts if fact.source}):
            known = self._store.match("source", (source, None, None, None))
            if known:
                _, authority, title, edition = (plain(term) for term in known[0])
                found.append(Citation(source, where, authority, title, edition))
            else:
                found.append(Citation(source, where, ""))
        return tuple(found)


def ask(
    knowledge: Knowledge,
    name: str,
    /,
    *values: Given,
    on: Given | None = None,
    trust: str | None = None,
    store: FactStore | None = None,
    **arguments: Given,
) -> Answers:
    """The answers to one named question; see ``Asker.ask``."""
    return Asker(knowledge, store).ask(name, *values, on=on, trust=trust, **arguments)


def _row_key(row: Sequence[Term]) -> tuple[tuple[int, Term], ...]:
    return tuple(map(order_key, row))


def _rows(conclusions: Iterable[Conclusion]) -> tuple[Row, ...]:
    facts: dict[tuple[Term, ...], list[PublishedFact]] = {}
    for conclusion in conclusions:
        facts.setdefault(conclusion.row, []).extend(conclusion.facts)
    return tuple(
        Row(tuple(map(value, row)), tuple(sorted(set(found), key=_fact_key)) if len(found) > 1 else tuple(found))
        for row, found in sorted(facts.items(), key=lambda item: _row_key(item[0]))
    )


def _fact_key(fact: PublishedFact) -> tuple[str, int, str]:
    return fact.file, fact.line, str(fact.atom)


def _editions(conclusions: Iterable[Conclusion], day: int) -> tuple[Edition, ...]:
    found = []
    for row in sorted({conclusion.row for conclusion in conclusions}, key=_row_key):
        published, table, edition = map(plain, row)
        found.append(Edition(published, table, edition, day))
    return tuple(found)


def _sentences(conclusions: Sequence[Conclusion], program: Program) -> tuple[str, ...]:
    if not conclusions:
        return ()
    kinds = Kinds(program.rules, program.vocabulary)
    return tuple(sorted({_sentence(conclusion, kinds) for conclusion in conclusions}))


def _sentence(conclusion: Conclusion, kinds: Kinds) -> str:
    """The label of the rule that concludes it, filled; a rule without a label says its name."""
    label = conclusion.rule.label
    if label is None:
        return " ".join(plain(term).replace("_", " ") for term in conclusion.row)
    known = {**kinds.of_variables(conclusion.rule), **_days_asked(conclusion.rule)}
    fillers = []
    for name in label.fillers:
        term = conclusion.values.get(name, name)
        fillers.append(written_day(term) if known.get(name) == "day" else plain(term))
    return label.template.format(*fillers)


def _days_asked(rule: Rule) -> dict[str, str]:
    """The variables of ``asked(day, D)``."""
    atoms = [item.atom for item in rule.body if isinstance(item, Literal) and item.atom.predicate == ASKED]
    return {a.arguments[1].name: DAY for a in atoms if a.arguments[0] == DAY and isinstance(a.arguments[1], Variable)}
