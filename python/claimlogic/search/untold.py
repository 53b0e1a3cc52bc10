"""What an encounter leaves untold, and the answers for each way in which it might be told.

Words that no code tells apart are tried once; ways that lead to one answer are told as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from claimlogic.claims.encounter import Encounter
from claimlogic.search.answers import Condition, Question
from claimlogic.search.fitting import Fitting
from claimlogic.search.workbench import Workbench

AGE = "patient_age"
MAX_WAYS = 40
"""More ways than this are not tried; the questions alone are the answer then."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Open:
    """A question, and its words in classes: those of one class lead to the same codes."""

    question: Question
    classes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Answer]):
    """An answer, and the conditions under which it holds."""

    conditions: tuple[Condition, ...]
    answer: Answer


def open_questions(fitting: Fitting, bench: Workbench) -> tuple[Open, ...]:
    """What the encounter does not tell and on which it depends which codes fit, in a fixed order."""
    found = []
    for procedure, feature in fitting.untold:
        concept = fitting.encounter.procedures[procedure - 1].concept
        words = tuple(sorted(bench.tellable.get((concept, feature), ())))
        classes: dict[Hashable, list[str]] = {}
        for word in words:
            classes.setdefault(_signature(fitting, bench, concept, feature, word), []).append(word)
        found.append(Open(Question(procedure, feature, words), tuple(map(tuple, classes.values()))))
    if fitting.ages and fitting.encounter.patient_age is None:
        ranges = sorted(set(fitting.ages))
        words = tuple(f"{low} to {high}" for low, high in ranges)
        found.append(Open(Question(0, AGE, words), tuple((word,) for word in words)))
    return tuple(found)


def ways(questions: Sequence[Open]) -> int:
    """In how many ways the questions may be answered, as far as codes tell them apart."""
    count = 1
    for question in questions:
        count *= max(len(question.classes), 1)
    return count


def by_each_way(
    encounter: Encounter, questions: Sequence[Open], answer: Callable[[Encounter], tuple[Answer, Hashable]]
) -> list[Leaf[Answer]]:
    """The answers for all ways, merged: equal keys are one answer, and what does not matter is no condition."""
    found: dict[tuple[int, ...], tuple[Answer, Hashable]] = {}
    for chosen in itertools.product(*(range(len(q.classes)) for q in questions)):
        told = encounter
        for question, at in zip(questions, chosen, strict=True):
            told = _told(told, question.question, question.classes[at][0])
        found[chosen] = answer(told)
    return list(_leaves(questions, found, ()))


def _leaves(
    questions: Sequence[Open],
    found: Mapping[tuple[int, ...], tuple[Answer, Hashable]],
    conditions: tuple[Condition, ...],
) -> Iterable[Leaf[Answer]]:
    if len({key for _, key in found.values()}) == 1:
        yield Leaf(conditions, next(iter(found.values()))[0])
        return
    first, rest = questions[0], questions[1:]
    groups: dict[Hashable, list[int]] = {}
    for at in range(len(first.classes)):
        alike = frozenset((chosen[1:], key) for chosen, (_, key) in found.items() if chosen[0] == at)
        groups.setdefault(alike, []).append(at)
    for group in groups.values():
        words = tuple(sorted(word for at in group for word in first.classes[at]))
        added = (Condition(first.question.procedure, first.question.feature, words),) if len(groups) > 1 else ()
        below = {chosen[1:]: entry for chosen, entry in found.items() if chosen[0] == group[0]}
        yield from _leaves(rest, below, (*conditions, *added))


def _signature(fitting: Fitting, bench: Workbench, concept: str, feature: str, word: str) -> Hashable:
    """What tells a word from another: the codes that ask it, and, of imaging, the modality itself."""
    asking = tuple(code for code in bench.book.describing(concept) if (feature, word) in fitting.asks.get(code, ()))
    return asking, word if feature == "imaging" else ""


def _told(encounter: Encounter, question: Question, word: str) -> Encounter:
    if question.feature == AGE:
        return replace(encounter, patient_age=int(word.split()[0]))
    at = question.procedure - 1
    procedure = encounter.procedures[at]
    told = replace(procedure, told=tuple(sorted((*procedure.told, (question.feature, word)))))
    return replace(encounter, procedures=(*encounter.procedures[:at], told, *encounter.procedures[at + 1 :]))
