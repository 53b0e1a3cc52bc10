"""A question's rules with those of the knowledge base that they need, checked as the knowledge base's own are.

A question concludes ``answer``, and may conclude ``unknown`` and ``remark``: what the answer may lack, and what else
belongs to it, each in the words of the label above its rule. It reads what was asked as ``asked(Argument, Value)``.
``consults(Published, Table)`` names the tables that it rests on, ``bears(X)`` the disputes; what follows from them is
the same for every question and stands in ``shared/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from claimlogic.asking.questions import DAY, Question
from claimlogic.errors import InputError
from claimlogic.knowledge.checks import atoms_of, check_rules
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.parse import ParsedFile, parse_rules
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.knowledge.rules import AtomPattern, Literal, Rule, Variable
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import Term

ANSWER, UNKNOWN, REMARK, EDITION = "answer", "unknown", "remark", "edition_read"
GOALS = (ANSWER, UNKNOWN, REMARK, EDITION)
ASKED = "asked"
OF_A_CLAIM = frozenset({"claim", "encounter"})

_CONCLUDED = {
    "consults": (("Published", "Table"), ("published", "table")),
    "bears": (("X",), ("dispute",)),
}


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: rules, the facts of the question files, and the helpers that are worked out whole.

    A helper of the question's own that stands under ``not`` is in ``whole``: it is worked out once, in this order,
    instead of once for each answer. ``own`` are the predicates that the question files conclude, ``searched`` those of
    the knowledge base in which they look for answers; ``dated`` tells whether they ask for a day; ``vocabulary`` has
    the predicates of questions besides the knowledge base's.
    """

    rules: tuple[Rule, ...]
    facts: Mapping[str, tuple[tuple[Term, ...], ...]]
    own: frozenset[str]
    whole: tuple[str, ...]
    searched: tuple[str, ...]
    dated: bool
    vocabulary: Vocabulary

    def concluding(self, predicate: str) -> tuple[Rule, ...]:
        """The rules that conclude a predicate."""
        return tuple(rule for rule in self.rules if rule.head.predicate == predicate)


_compiled: dict[tuple[Path, str], Program] = {}


def compile_question(question: Question, knowledge: Knowledge) -> Program:
    """The program of a question. Raises InputError, with file and line, where it does not hold together."""
    key = question.path, knowledge.version
    if key not in _compiled:
        _compiled[key] = _compile(question, knowledge)
    return _compiled[key]


def _compile(question: Question, knowledge: Knowledge) -> Program:
    shared, number = _shared(question.path.parent, _first_number(knowledge))
    own = _parse(question.path, number)
    _check_answers(question, own)
    _check_reads(question, own, knowledge.vocabulary)
    program = _assemble([own, *shared], knowledge)
    _check_asked(question, own, program.rules)
    return program


def compile_goal(goal: AtomPattern, variables: Sequence[str], knowledge: Knowledge, directory: Path) -> Program:
    """The program that answers one atom of the vocabulary; its variables are the columns."""
    shared, number = _shared(directory, _first_number(knowledge))
    head = AtomPattern(ANSWER, tuple(map(Variable, variables)))
    every = sorted({argument.name for argument in goal.arguments if isinstance(argument, Variable)})
    rule = Rule(number, "goal", 1, head, (Literal(goal),), tuple(every), "", None)
    return _assemble([ParsedFile("goal", (), (rule,)), *shared], knowledge)


def _first_number(knowledge: Knowledge) -> int:
    return 1 + max((rule.number for rule in knowledge.rules), default=-1)


def _parse(path: Path, number: int) -> ParsedFile:
    name = f"{path.parent.name}/{path.name}"
    return parse_rules(read_rule_text(path, name), name, number)


@lru_cache(maxsize=8)
def _shared(directory: Path, number: int) -> tuple[tuple[ParsedFile, ...], int]:
    """The files that all questions share, numbered from ``number``, and the next number."""
    files = []
    for path in sorted((directory / "shared").glob("*.lp")):
        files.append(_parse(path, number))
        number += len(files[-1].rules)
    return tuple(files), number


def _assemble(files: Sequence[ParsedFile], knowledge: Knowledge) -> Program:
    vocabulary = _with_questions_own(knowledge.vocabulary)
    own = [rule for file in files for rule in file.rules]
    concluded = {rule.head.predicate for rule in own} | {f.atom.predicate for file in files for f in file.facts}
    _check_own(files, own, knowledge)
    needed = rules_toward([*own, *knowledge.rules], GOALS)
    check_rules(needed, vocabulary)
    _check_recursion(needed)
    toward_answer = [rule for rule in rules_toward(needed, (ANSWER,)) if rule.head.predicate in concluded]
    facts: dict[str, list[tuple[Term, ...]]] = {}
    for file in files:
        for fact in file.facts:
            facts.setdefault(fact.atom.predicate, []).append(fact.atom.arguments)
    return Program(
        rules=needed,
        facts={name: tuple(rows) for name, rows in facts.items()},
        own=frozenset(concluded),
        whole=_whole([rule for rule in needed if rule.head.predicate in concluded]),
        searched=_read(toward_answer, knowledge.vocabulary),
        dated=any(DAY in _asked_for(rule) for rule in toward_answer),
        vocabulary=vocabulary,
    )


def _with_questions_own(vocabulary: Vocabulary) -> Vocabulary:
    asked = _predicate(ASKED, ("Argument", "Value"), ("id", ""), derived=False)
    concluded = [_predicate(name, *shape, derived=True) for name, shape in _CONCLUDED.items()]
    own = {predicate.name: predicate for predicate in (asked, *concluded)}
    return Vocabulary(vocabulary.kinds, {**vocabulary.predicates, **own})


def _predicate(name: str, arguments: tuple[str, ...], kinds: tuple[str, ...], derived: bool) -> Predicate:
    return Predicate(
        name=name,
        arguments=arguments,
        kinds=kinds,
        givers=frozenset(),
        derived=derived,
        meaning="",
        key=(),
        slice_arguments=(),
        slice_all=True,
    )


def _read(rules: Iterable[Rule], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The predicates of the knowledge base that these rules read, sorted."""
    return tuple(sorted({name for rule in rules for name in rule.reads if name in vocabulary.predicates}))


def _whole(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The predicates of these rules that stand under ``not``, each after those on which it rests."""
    reads = _reads(rules)
    literals = [item for rule in rules for item in rule.body if isinstance(item, Literal)]
    negated = {literal.atom.predicate for literal in literals if literal.negated} & set(reads)
    return tuple(sorted(negated, key=lambda predicate: (len(_reached(predicate, reads) & negated), predicate)))


def _reads(rules: Iterable[Rule]) -> dict[str, set[str]]:
    reads: dict[str, set[str]] = {}
    for rule in rules:
        reads.setdefault(rule.head.predicate, set()).update(rule.reads)
    return reads


def _reached(predicate: str, reads: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found = {predicate}
    waiting = [predicate]
    while waiting:
        new = set(reads.get(waiting.pop(), ())) - found
        found |= new
        waiting.extend(new)
    return frozenset(found)


def _asked_for(rule: Rule) -> frozenset[str]:
    """The arguments that a rule reads."""
    return frozenset(str(atom.arguments[0]) for atom in atoms_of(rule) if atom.predicate == ASKED and atom.arguments)


def _check_recursion(rules: Sequence[Rule]) -> None:
    """No rule rests on itself: the engine of questions may go round for ever then."""
    reads = _reads(rules)
    for rule in rules:
        if any(rule.head.predicate in _reached(read, reads) for read in rule.reads):
            raise InputError(f"{rule.head.predicate} rests on itself, which a question cannot follow", rule.place)


def _check_own(files: Sequence[ParsedFile], own: Sequence[Rule], knowledge: Knowledge) -> None:
    """A question concludes predicates of its own, and reads nothing that only a claim can give."""
    theirs = {rule.head.predicate for rule in knowledge.rules} | set(knowledge.vocabulary.predicates)
    for file in files:
        for fact in file.facts:
            if fact.atom.predicate not in _CONCLUDED:
                raise InputError("a question states no facts; those belong in kb/", f"{file.file}:{fact.line}")
    for rule in own:
        if rule.head.predicate in theirs or rule.head.predicate == ASKED:
            raise InputError(f"{rule.head.predicate} is the knowledge base's; choose another name", rule.place)
        for read in sorted(rule.reads):
            declared = knowledge.vocabulary.predicates.get(read)
            if declared and declared.givers and declared.givers <= OF_A_CLAIM and not declared.derived:
                raise InputError(f"{read} is given by a claim, and a question has none", rule.place)


def _check_answers(question: Question, file: ParsedFile) -> None:
    answers = [rule for rule in file.rules if rule.head.predicate == ANSWER]
    if not answers:
        raise InputError("a question concludes answer(...)", f"{file.file}:1")
    for rule in answers:
        if len(rule.head.arguments) != len(question.columns):
            raise InputError(f"the header names {len(question.columns)} columns of answers", rule.place)


def _check_asked(question: Question, file: ParsedFile, rules: Sequence[Rule]) -> None:
    named = {argument.name for argument in question.arguments}
    for rule in file.rules:
        for name in _asked_for(rule) - named - {DAY}:
            raise InputError(f"the header names no argument {name}", rule.place)
    used = frozenset().union(*(_asked_for(rule) for rule in rules_toward(rules, (ANSWER,))))
    if unused := sorted(named - used):
        raise InputError(f"no rule reads the argument {unused[0]}", f"{file.file}:1")


def _check_reads(question: Question, file: ParsedFile, vocabulary: Vocabulary) -> None:
    read = _read(file.rules, vocabulary)
    if read != question.reads:
        raise InputError(f"`% Reads` must be {', '.join(read)}", f"{file.file}:1")
