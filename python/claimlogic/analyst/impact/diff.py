"""``kb diff``: what an edit of the rules does to claims, before it is published.

Two versions are compared in their text, then on every scenario and rule test that the edit can reach, and on a corpus
of claims where one is given. A claim that it cannot reach is not judged: see ``diff_reach``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from claimlogic.analyst.cases import read_cases
from claimlogic.analyst.impact.causes import Tracer
from claimlogic.analyst.impact.changes import changes_between
from claimlogic.analyst.impact.judging import GOALS, SideJudge, Subject, line_changes
from claimlogic.analyst.impact.model import Corpus, Difference, Example
from claimlogic.analyst.impact.reach import NONE, Reach, reach_of, shows
from claimlogic.analyst.impact.tally import Tally
from claimlogic.analyst.impact.versions import Version
from claimlogic.knowledge.vocabulary import Vocabulary


def compare(base: Version, draft: Version, claims: Path | None = None, tables: Path | None = None) -> Difference:
    """What ``draft`` changes, on the scenarios and tests of both versions and on the claims of a file.

    ``tables`` is a store of CMS's tables to judge by in both versions. Raises InputError for tests, claims or tables
    that cannot be read.
    """
    changes = changes_between(base, draft)
    reach = reach_of(changes, base.knowledge, draft.knowledge, GOALS)
    sides = (SideJudge(base.knowledge, tables), SideJudge(draft.knowledge, tables))
    tally = Tally()
    subjects = _subjects(base, draft) if reach != NONE else ()
    vocabulary = draft.knowledge.vocabulary
    corpora = [_judged(name, subjects, reach, vocabulary, sides, tally) for name in ("scenarios", "tests")]
    if claims is not None:
        from claimlogic.analyst.impact.claims import judge_claims

        corpora.append(judge_claims(claims, (base, draft), sides, changes, reach, tables, tally))
    tracer = Tracer(*sides, changes)
    return Difference(
        base=base.name,
        draft=draft.name,
        base_version=base.knowledge.version,
        draft_version=draft.knowledge.version,
        changes=changes,
        corpora=tuple(replace(corpus, counts=tally.counts(corpus.name)) for corpus in corpora),
        counts=tally.counts(),
        resolved=tally.resolved,
        groups=tally.groups(),
        examples=tuple(Example(change, tracer.causes(subject, change)) for subject, change in tally.examples()),
    )


def _judged(
    name: str,
    subjects: Sequence[Subject],
    reach: Reach,
    vocabulary: Vocabulary,
    sides: tuple[SideJudge, SideJudge],
    tally: Tally,
) -> Corpus:
    own = [subject for subject in subjects if subject.corpus == name]
    reached = [subject for subject in own if shows(reach, subject.facts, vocabulary)]
    for subject in reached:
        for change in line_changes(subject, *sides):
            tally.add(subject, change)
    return Corpus(name, _count(own, "claim"), _count(own, "line"), _count(reached, "claim"))


def _count(subjects: Iterable[Subject], predicate: str) -> int:
    return sum(len({f.arguments[:2] for f in subject.facts if f.predicate == predicate}) for subject in subjects)


def _subjects(base: Version, draft: Version) -> list[Subject]:
    """The claims of the scenarios and rule tests: the draft's, and those of the base that the draft has not."""
    found: dict[str, Subject] = {}
    for version in (base, draft):
        beside = version.directory.parent
        if not (beside / "tests").is_dir() and not any((beside / "scenarios").glob("*/expected.yaml")):
            continue
        for case in read_cases(version.directory, version.knowledge):
            corpus, _, name = case.name.partition("/") if case.is_scenario else ("tests", "", case.name)
            found[case.name] = Subject(corpus, name, case.facts, case.is_scenario)
    return [found[name] for name in sorted(found)]
