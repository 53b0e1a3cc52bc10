"""The impact of an edit on a corpus of claims, part by part, through the compiled rules.

Of a part only the claims within reach are kept. Where the edit works through the findings of a few rules, these rules
alone are run first, and only claims on which they differ are judged whole, by both versions: those of all parts
together. What the versions have in common is loaded, coded and concluded once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.analyst.impact.affected import affected_rules
from claimlogic.analyst.impact.changes import Changes
from claimlogic.analyst.impact.judging import GOALS, SideJudge, Subject, line_changes
from claimlogic.analyst.impact.model import BY_VERDICT, KINDS, NOW_UNKNOWN, OTHER_ADVICE, OTHER_REASON, Corpus, Group
from claimlogic.analyst.impact.reach import EVERY, NONE, Reach
from claimlogic.analyst.impact.sql import PartTables
from claimlogic.analyst.impact.tally import EXAMPLES, Tally, group_of
from claimlogic.analyst.impact.versions import Version
from claimlogic.errors import InputError
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.screening.judging.answers import Judged
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.judging.database import connect
from claimlogic.screening.judging.twins import Twins
from claimlogic.screening.part import CLAIMS, LINES, Part, part_layout
from claimlogic.screening.published.published import Published
from claimlogic.terms import Atom

if TYPE_CHECKING:
    import duckdb

CORPUS = "claims"
_SETTING, _FINDING = "setting", "finding"
_REPORTING = (_FINDING, "reported")
# So many claims are judged one by one sooner than rules are compiled.
_FEW = 400
# So many claims on which the affected rules differ are judged together.
_MANY = 250_000
# What the names of each judge's tables begin with.
_WHOLE, _ALONE = ("base_", "draft_"), ("base_alone_", "draft_alone_")
_REASON = "C, L, rule, severity, other, waived"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A changed line that may be shown: its place within its group, the lines of its claim, and the claim's facts."""

    kind: str
    rank: int
    lines: int
    claim: str
    line: int
    facts: tuple[Atom, ...]


def judge_claims(
    claims: Path,
    versions: tuple[Version, Version],
    sides: tuple[SideJudge, SideJudge],
    changes: Changes,
    reach: Reach,
    tables: Path | None,
    tally: Tally,
) -> Corpus:
    """Judge the claims of a file by both versions and count what differs.

    Raises InputError for a file that cannot be read, and where the versions differ in what a claim may say.
    """
    from claimlogic.analyst.impact.parts import parts_of

    affected = affected_rules(changes, [version.knowledge.rules for version in versions], GOALS)
    base, draft = (KnowledgeBase(version.directory, tables=tables) for version in versions)
    vocabulary = draft.knowledge.vocabulary
    if part_layout(base.knowledge.vocabulary) != part_layout(vocabulary):
        raise InputError("the versions differ in what a claim may say, so no file is judged by both", "--claims")
    unread = 0
    with (
        tempfile.TemporaryDirectory(prefix="claimlogic-") as scratch,
        connect(Path(scratch) / "spilled") as connection,
    ):
        differing = None if changes.declarations else {a.predicate for fact in changes.facts for a in fact.atoms}
        comparison = ClaimsComparison(connection, (base, draft), sides, reach, affected, differing)
        for part, set_apart in parts_of(connection, claims, vocabulary, Path(scratch)):
            unread += set_apart
            comparison.add(part, tally)
        comparison.finish(tally)
    return replace(comparison.corpus(), unread=unread)


class ClaimsComparison:
    """Compares two versions on parts of claims in one connection, and adds what differs to a tally."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        bases: tuple[KnowledgeBase, KnowledgeBase],
        sides: tuple[SideJudge, SideJudge],
        reach: Reach,
        affected: frozenset[str] | None,
        differing: Collection[str] | None,
    ) -> None:
        """``bases`` and ``sides`` are the base and the draft; ``affected`` the rules through which the edit works.

        ``differing`` are the predicates whose published facts differ (None: any may).
        """
        self._connection = connection
        self._bases = bases
        self._sides = sides
        self._reach = reach
        self._affected = affected
        self._tables = PartTables(bases[1].knowledge.vocabulary)
        base = Published(connection, bases[0])
        self._published = base, Published(connection, bases[1], beside=base, differing=differing)
        self._twins: dict[tuple[str, str], Twins] = {}
        self._kept = 0
        self._part: Part | None = None
        self._candidates: list[_Candidate] = []
        self._claims = self._lines = self._reached = 0

    def add(self, part: Part, tally: Tally) -> None:
        """Judge a part by both versions and count what differs, or keep what is to be judged with claims of others.

        The part is cut down on the way.
        """
        self._claims += self._count(CLAIMS)
        self._lines += self._count(LINES)
        if self._reach == NONE:
            return
        if self._reach != EVERY:
            self._tables.cut_down(self._connection, self._tables.reached(self._reach))
        self._reached += self._count(CLAIMS)
        if self._affected is None and self._count(CLAIMS) > _FEW:
            self._judge_whole(part, tally)
            return
        wanted = f"SELECT C FROM {CLAIMS}"
        if self._affected is not None and self._count(CLAIMS) > _FEW:
            wanted = f"SELECT C FROM ({_differing(self._judge(part, alone=True))})"
        self._kept += self._tables.keep(self._connection, wanted)
        if self._kept > _MANY:
            self._judge_kept(part, tally)
        self._part = part

    def finish(self, tally: Tally) -> None:
        """Judge the claims that were kept, and offer the smallest changed lines of each kind as examples."""
        if self._part is not None:
            self._judge_kept(self._part, tally)
        self._offer_examples(tally)

    def _judge_kept(self, part: Part, tally: Tally) -> None:
        self._tables.bring_back(self._connection)
        self._kept = 0
        if self._count(CLAIMS) > _FEW:
            self._judge_whole(part, tally)
        else:
            self._one_by_one(tally)

    def _one_by_one(self, tally: Tally) -> None:
        """Judge what is left of the part with the solver: sooner done than the rules are compiled."""
        names = dict(self._connection.execute(f"SELECT C, claim_id FROM {CLAIMS}").fetchall())
        for number, facts in self._tables.facts(self._connection, f"SELECT C FROM {CLAIMS}").items():
            subject = Subject(CORPUS, names[number], facts, True)
            for change in line_changes(subject, *self._sides):
                tally.add(subject, change)

    def corpus(self) -> Corpus:
        """How much was looked at."""
        return Corpus(CORPUS, self._claims, self._lines, self._reached)

    def _offer_examples(self, tally: Tally) -> None:
        """Offer the smallest changed lines of each kind as examples, judged again one by one."""
        for kind in KINDS:
            own = sorted(
                (candidate for candidate in self._candidates if candidate.kind == kind),
                key=lambda c: (c.rank, c.lines, c.claim, c.line),
            )
            for candidate in own[:EXAMPLES]:
                subject = Subject(CORPUS, candidate.claim, candidate.facts, True)
                for change in line_changes(subject, *self._sides):
                    if change.line == candidate.line:
                        tally.keep(group_of(change), subject, change)

    def _judge(self, part: Part, alone: bool) -> tuple[Judged, Judged]:
        """Judge what is left of the part by both versions. ``alone`` runs the affected rules only."""
        prefixes = _ALONE if alone else _WHOLE
        if prefixes not in self._twins:
            base, draft = (self._judge_of(at, alone, prefixes[at]) for at in (0, 1))
            self._twins[prefixes] = Twins(base, draft)
        return self._twins[prefixes].judge(part)

    def _judge_of(self, at: int, alone: bool, prefix: str) -> BulkJudge:
        base = _findings_of(self._bases[at], self._affected or frozenset()) if alone else self._bases[at]
        return BulkJudge(base, self._connection, published=self._published[at], prefix=prefix, rows=False)

    def _judge_whole(self, part: Part, tally: Tally) -> None:
        """Judge what is left of the part; group and count the lines that differ, and keep the smallest of each kind."""
        judged = self._judge(part, alone=False)
        run = self._connection.execute
        run(f"CREATE OR REPLACE TEMP TABLE diff_reasons AS {_differing(judged)}")
        told = "SELECT C, L, string_agg(verdict, ' and ' ORDER BY verdict) AS verdict"
        before, after = (f"({told} FROM {one.verdicts} GROUP BY C, L)" for one in judged)
        run(
            "CREATE OR REPLACE TEMP TABLE diff_changed AS SELECT C, L, coalesce(b.verdict, 'no verdict') AS before,"
            f" coalesce(d.verdict, 'no verdict') AS after FROM {before} b FULL JOIN {after} d USING (C, L)"
            " WHERE b.verdict IS DISTINCT FROM d.verdict OR (C, L) IN (SELECT (C, L) FROM diff_reasons)"
        )
        self._label_settings()
        run(_GROUPED)
        for row in run("SELECT * EXCLUDE (C, L), count(*) FROM diff_lines GROUP BY ALL ORDER BY ALL").fetchall():
            kind, verdict, now, rules, code, pair, setting, lines = row
            tally.count(Group(CORPUS, kind, verdict, now, tuple(rules), code, tuple(pair), setting, lines), lines)
        self._keep_smallest()

    def _keep_smallest(self) -> None:
        run = self._connection.execute
        run(_SMALLEST, [EXAMPLES])
        facts = self._tables.facts(self._connection, "SELECT C FROM diff_smallest")
        for kind, rank, lines, claim, number, line in run("SELECT * FROM diff_smallest ORDER BY ALL").fetchall():
            self._candidates.append(_Candidate(kind, rank, lines, claim, line, facts[number]))

    def _label_settings(self) -> None:
        """Make ``diff_settings(C, setting)`` of the claims that differ.

        Claims that say the same of where and when, the day apart, are taken to have one setting, worked out for one of
        them: it is what the groups are told by, and decides nothing.
        """
        side = self._sides[1]
        rules = rules_toward(side.rules, [_SETTING])
        read = frozenset().union(*(rule.reads for rule in rules))
        columns = [f'"{name}"' for name in self._tables.layout.claim_columns if name in read]
        year = f"(SELECT min(service_date) // 10000 FROM {LINES} l WHERE l.C = c.C)"
        same = ", ".join([*columns, "year"])
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE diff_alike AS SELECT C, min(C) OVER (PARTITION BY {same}) AS first"
            f" FROM (SELECT *, {year} AS year FROM {CLAIMS} c WHERE C IN (SELECT C FROM diff_changed))"
        )
        facts = self._tables.facts(self._connection, "SELECT first FROM diff_alike")
        told = [(number, side.setting(Subject(CORPUS, "", own, True))) for number, own in facts.items()]
        self._connection.execute("CREATE OR REPLACE TEMP TABLE diff_settings(C INTEGER, setting VARCHAR)")
        self._connection.execute(
            "INSERT INTO diff_settings SELECT a.C, s.setting FROM diff_alike a JOIN"
            " (SELECT unnest(?::INTEGER[]) AS first, unnest(?::VARCHAR[]) AS setting) s USING (first)",
            [[number for number, _ in told], [setting for _, setting in told]],
        )

    def _count(self, table: str) -> int:
        found = self._connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        return int(found[0]) if found else 0


def _findings_of(base: KnowledgeBase, wanted: frozenset[str]) -> KnowledgeBase:
    """The same knowledge base with no rule but those on which findings of the wanted rules rest: no verdicts.

    It has no rule at all where it has none of the wanted ones.
    """
    kept = [r for r in base.knowledge.rules if r.head.predicate not in _REPORTING or _may_report(r, wanted)]
    known = any(rule.head.predicate == _FINDING for rule in kept)
    found = copy(base)
    found.knowledge = replace(base.knowledge, rules=rules_toward(kept, _REPORTING) if known else ())
    return found


def _may_report(rule: Rule, wanted: frozenset[str]) -> bool:
    named = rule.head.arguments[0]
    return named in wanted if isinstance(named, str) else True


def _differing(judged: tuple[Judged, Judged]) -> str:
    """The SQL of the findings that only one version has."""
    before, after = (f"SELECT {_REASON} FROM {one.findings}" for one in judged)
    return f"(({before}) EXCEPT ({after})) UNION ALL (({after}) EXCEPT ({before}))"


_BY_VERDICT = "".join(f" WHEN c.after = '{verdict}' THEN '{kind}'" for verdict, kind in BY_VERDICT.items())
_GROUPED = f"""
    CREATE OR REPLACE TEMP TABLE diff_lines AS
    WITH told AS (
        SELECT r.C, r.L, list_sort(list(DISTINCT rule)) AS every,
            list_sort(list(DISTINCT rule) FILTER (severity <> 'advise')) AS bearing,
            list_sort(list(DISTINCT o.line) FILTER (r.other <> r.L)) AS pair
        FROM diff_reasons r LEFT JOIN {LINES} o ON o.C = r.C AND o.L = r.other GROUP BY r.C, r.L)
    SELECT c.C, c.L,
        CASE WHEN c.before = c.after AND t.bearing IS NULL THEN '{OTHER_ADVICE}'
            WHEN c.before = c.after THEN '{OTHER_REASON}'{_BY_VERDICT} ELSE '{NOW_UNKNOWN}' END AS kind,
        c.before, c.after, coalesce(t.bearing, t.every, []) AS rules, l.line AS code, coalesce(t.pair, []) AS pair,
        coalesce(s.setting, 'not told') AS setting
    FROM diff_changed c JOIN {LINES} l USING (C, L) LEFT JOIN told t USING (C, L) LEFT JOIN diff_settings s USING (C)
"""

_SMALLEST = f"""
    CREATE OR REPLACE TEMP TABLE diff_smallest AS
    WITH sized AS (SELECT C, count(*) AS lines FROM {LINES} GROUP BY C),
    ranked AS (
        SELECT d.kind, row_number() OVER (PARTITION BY d.kind, before, after, rules, code, pair, setting
            ORDER BY lines, claim_id, L) AS rank, lines, claim_id, C, L
        FROM diff_lines d JOIN sized USING (C) JOIN {CLAIMS} USING (C))
    SELECT * FROM ranked QUALIFY row_number() OVER (PARTITION BY kind ORDER BY rank, lines, claim_id, L) <= ?
"""
