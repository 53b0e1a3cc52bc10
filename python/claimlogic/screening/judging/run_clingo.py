"""A part judged by clingo: slow, and the yardstick for the engines that are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.screening.judging.answers import Judged
from claimlogic.screening.part import Part
from claimlogic.solving.answer import Answer
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import plain

if TYPE_CHECKING:
    import duckdb

_BATCH = 1000
_OUTPUT = {
    "findings": "C INTEGER, L INTEGER, rule VARCHAR, severity VARCHAR, other INTEGER, waived BOOLEAN, row BIGINT",
    "verdicts": "C INTEGER, L INTEGER, verdict VARCHAR",
    "claims": "C INTEGER, verdict VARCHAR",
    "disputes": "C INTEGER, L INTEGER, dispute VARCHAR",
    "rows": "row BIGINT, predicate VARCHAR, fact VARCHAR, source VARCHAR, edition VARCHAR",
    "carried_forward": "C INTEGER, day INTEGER, published VARCHAR, judged_by VARCHAR, edition VARCHAR",
}


class ClingoJudge:
    """Judges parts as ``KnowledgeBase.check`` judges claims, with the tables of ``answers.Judged`` as its answer.

    The published rows behind the findings are not told: ``KnowledgeBase.why`` tells them.
    """

    def __init__(
        self, knowledge_base: KnowledgeBase, connection: duckdb.DuckDBPyConnection, options: Options | None = None
    ) -> None:
        self._kb = knowledge_base
        self._connection = connection
        self._options = options or Options()
        self._kb.facts_of(Claim("", "", ()), self._options)  # An authority that there is not is refused at once.

    def judge(self, part: Part) -> Judged:
        """The answers on a part, in the place of those on the part before."""
        judged = Judged()
        for table, columns in _OUTPUT.items():
            self._connection.execute(f"CREATE OR REPLACE TABLE {getattr(judged, table)}({columns})")
        rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        claims = list(claims_of(self._connection, part))
        answers = self._kb.answers((claim for _, claim in claims), self._options, solve)
        for place, ((number, _), (_, _, answer)) in enumerate(zip(claims, answers, strict=True), start=1):
            self._note(number, answer, rows)
            if place % _BATCH == 0:
                self._write(judged, rows)
        self._write(judged, rows)
        return judged

    def _note(self, number: int, answer: Answer, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        atoms = answer.atoms
        reported = {atom.arguments for atom in atoms if atom.predicate == "reported"}
        found = reported | {atom.arguments for atom in atoms if atom.predicate == "finding"}
        for arguments in found:
            rule, _, line, other = arguments
            waived = arguments not in reported
            rows["findings"].append((number, line, str(rule), self._kb.cards[str(rule)].severity, other, waived, 0))
        for atom in atoms:
            match atom:
                case ("verdict", (_, line, verdict)):
                    rows["verdicts"].append((number, line, verdict))
                case ("claim_verdict", (_, verdict)):
                    rows["claims"].append((number, verdict))
                case ("disputed", (dispute, _, line)):
                    rows["disputes"].append((number, line, dispute))
                case ("carried_forward", (_, day, published, table, edition)):
                    rows["carried_forward"].append((number, day, str(published), str(table), plain(edition)))

    def _write(self, judged: Judged, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        for table, columns in _OUTPUT.items():
            if rows[table]:
                kinds = [column.split()[1] for column in columns.split(", ")]
                cells = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
                values = [list(column) for column in zip(*sorted(rows[table]), strict=True)]
                self._connection.execute(f"INSERT INTO {getattr(judged, table)} SELECT {cells}", values)
        rows.clear()


def claims_of(connection: duckdb.DuckDBPyConnection, part: Part) -> Iterator[tuple[int, Claim]]:
    """The claims of a part, each with its number, in the order of their numbers."""
    lists = {name: _by_claim(connection, table) for name, table in part.relations.items()}
    lines = _by_claim(connection, part.lines)
    for row in _rows(connection, part.claims, "C"):
        number = row["C"]
        of_claim = {name: found.get(number, []) for name, found in lists.items()}
        yield number, _claim(row, lines.get(number, []), of_claim)


def _claim(row: dict[str, Any], lines: list[dict[str, Any]], lists: dict[str, list[dict[str, Any]]]) -> Claim:
    performed = {item["K"]: item["Id"] for item in lists.get("elsewhere_provider", [])}
    operated = {item["Code"]: item["Id"] for item in lists.get("global_period_provider", [])}
    periods = [
        GlobalPeriod(item["Code"], item["D"], operated.get(item["Code"])) for item in lists.get("global_period", [])
    ]
    opps = row.get("says_opps")
    return Claim(
        id=row["claim_id"],
        form=row["form"],
        lines=tuple(_line(line, lists) for line in sorted(lines, key=lambda each: each["L"])),
        billed_by=row.get("says_biller"),
        setting=row.get("says_setting"),
        place_of_service=row.get("place_of_service"),
        bill_type=row.get("bill_type"),
        opps=None if opps is None else opps == "yes",
        payer=row.get("payer"),
        patient_age=row.get("patient_age"),
        diagnoses=tuple(sorted(item["Dx"] for item in lists.get("diagnosis", []))),
        global_period=periods[0] if periods else None,
        elsewhere=tuple(
            ElsewhereService(item["Code"], item["D"], item["N"], performed.get(item["K"]))
            for item in sorted(lists.get("elsewhere", []), key=lambda each: each["K"])
        ),
    )


def _line(row: dict[str, Any], lists: dict[str, list[dict[str, Any]]]) -> Line:
    def items(name: str, column: str) -> tuple[str, ...]:
        return tuple(sorted(item[column] for item in lists.get(name, []) if item["L"] == row["L"]))

    return Line(
        number=row["L"],
        code=row["line"],
        units=row["units"],
        date=row["service_date"],
        modifiers=_modifiers({item["N"]: item["M"] for item in lists.get("modifier", []) if item["L"] == row["L"]}),
        diagnoses=items("line_diagnosis", "Dx"),
        provider=row.get("provider"),
        group=row.get("group"),
        specialty=row.get("specialty"),
        session=row.get("session"),
        site=row.get("anatomic_site"),
        revenue_code=row.get("revenue_code"),
        place=row.get("line_place"),
        span_days=row.get("span_days") or 1,
        documented=items("documented", "Item"),
        undocumented=items("undocumented", "Item"),
    )


def _modifiers(by_place: dict[int, str]) -> tuple[str, ...]:
    """The modifiers in their places; a place that is not told repeated an earlier one."""
    found: list[str] = []
    for place in range(1, max(by_place, default=0) + 1):
        found.append(by_place.get(place) or found[0])
    return tuple(found)


def _by_claim(connection: duckdb.DuckDBPyConnection, table: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(connection, table, "ALL"):
        found[row["C"]].append(row)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, table: str, order: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f'SELECT * FROM "{table}" ORDER BY {order}')
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
