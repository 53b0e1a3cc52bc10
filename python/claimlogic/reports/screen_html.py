"""A screening run as one HTML page for those who answer for the claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from claimlogic.reports.charts import Bar, bars, columns, divided
from claimlogic.reports.page import page, style
from claimlogic.reports.screen_text import VERDICTS, denial_of

if TYPE_CHECKING:
    from claimlogic.screening.summary import Summary

_RULES, _PAIRS = 12, 15
_SEVERITIES = {
    "deny": ("What is not payable", "Lines that a rule denies, most frequent first."),
    "unknown": ("What could not be decided", "Lines that are neither called payable nor denied."),
    "packaged": ("What is paid inside another service", "No error; nothing is paid apart."),
    "advise": ("What to look at", "No line is denied by these."),
}

_STYLE = style(
    62,
    {
        "denied": ("#a61b1b", "#ff8a80"),
        "unknown": ("#b26a00", "#ffb74d"),
        "packaged": ("#0b5394", "#8ec5ff"),
        "payable": ("#38761d", "#a8d86e"),
        "uncoded": ("#777", "#aaa"),
    },
    """
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p.lead { font-size: 1.1rem; } .soft, footer { color: var(--soft); font-size: 0.9rem; }
svg { font: 13px system-ui, sans-serif; fill: var(--ink); } svg .count { fill: var(--soft); }
.denied, .deny { fill: var(--denied); } .unknown { fill: var(--unknown); } .packaged { fill: var(--packaged); }
.payable { fill: var(--payable); } .uncoded, .advise { fill: var(--uncoded); }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; } caption { text-align: left; color: var(--soft); }
th, td { text-align: left; padding: 0.25rem 0.6rem 0.25rem 0; border-bottom: 1px solid var(--rule);
  vertical-align: top; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
.warning { border-left: 4px solid var(--unknown); padding: 0.2rem 0 0.2rem 0.9rem; }
summary { cursor: pointer; color: var(--soft); }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid-page; } }
""",
)


def screen_html(summary: Summary) -> str:
    """The summary as a page."""
    main = [
        *_head(summary),
        *_limits(summary),
        *(part for severity in _SEVERITIES for part in _findings(summary, severity)),
        *_pairs(summary),
        *_months(summary),
        *_apart(summary),
        *_rests(summary),
    ]
    footer = (
        f"<p>Knowledge base <code>{escape(summary.run['knowledge_base'])}</code>. "
        "Coding checked; coverage and medical necessity not judged.</p>"
    )
    return page("Claims screened", _STYLE, main, footer) + "\n"


def _head(summary: Summary) -> list[str]:
    read = summary.input
    apart = f", {read['claims_quarantined']:,} could not be read and were set apart" if read["rows_quarantined"] else ""
    return [
        "<h1>Claims screened</h1>",
        f'<p class="lead">{read["claims"]:,} claims: {read["claims_judged"]:,} judged{apart}.</p>',
        *_section("Claims by verdict", [divided("Claims by verdict", _in_order(summary.claims))]),
        *_section("Lines by verdict", [divided("Lines by verdict", _in_order(summary.lines))]),
    ]


def _limits(summary: Summary) -> list[str]:
    told = [limit["meaning"] for limit in summary.limits] + list(summary.notes)
    listed = "\n".join(f"<li>{escape(each)}</li>" for each in told)
    return [f'<section class="warning">\n<h2>What the data do not hold</h2>\n<ul>\n{listed}\n</ul>\n</section>']


def _findings(summary: Summary, severity: str) -> list[str]:
    rules = [rule for rule in summary.rules if rule["severity"] == severity and (rule["findings"] or rule["waived"])]
    if not rules:
        return []
    title, meaning = _SEVERITIES[severity]
    shown = [Bar(rule["title"], rule["lines"], severity) for rule in rules[:_RULES] if rule["lines"]]
    rows = [
        (rule["title"], rule["rule"], denial_of(rule), rule["findings"], rule["lines"], rule["claims"], rule["waived"])
        for rule in rules
    ]
    head = ("what the rule says", "rule", "denial", "findings", "lines", "claims", "waived")
    return _section(
        title,
        [
            f'<p class="soft">{escape(meaning)}</p>',
            bars(f"{title}: lines by rule", shown),
            _folded("All figures", _table("Findings by rule", head, rows)),
        ],
    )


def _pairs(summary: Summary) -> list[str]:
    denied = [pair for pair in summary.pairs if pair["severity"] == "deny"][:_PAIRS]
    if not denied:
        return []
    shown = [Bar(f"{p['code']} with {p['other_code']} ({p['rule']})", p["findings"], "deny") for p in denied]
    rows = [(p["code"], p["other_code"], p["rule"], p["findings"]) for p in denied]
    head = ("code", "with", "rule", "findings")
    table = _table("Pairs of codes", head, rows)
    return _section(
        "Pairs of codes denied most", [bars("Pairs of codes: findings that deny", shown), _folded("All figures", table)]
    )


def _months(summary: Summary) -> list[str]:
    months: dict[str, dict[str, int]] = {}
    for each in summary.months:
        name = f"{each['month'] // 100}-{each['month'] % 100:02}"
        months.setdefault(name, {})[each["verdict"]] = each["lines"]
    if len(months) < 2:
        return []
    ordered = {month: _in_order(parts) for month, parts in sorted(months.items())}
    verdicts = [verdict for verdict in VERDICTS if any(verdict in parts for parts in ordered.values())]
    rows = [(month, *(parts.get(verdict, 0) for verdict in verdicts)) for month, parts in ordered.items()]
    title = "Lines by month of service"
    table = _table(title, ("month", *verdicts), rows)
    return _section(title, [columns(title, ordered), _folded("All figures", table)])


def _apart(summary: Summary) -> list[str]:
    if not summary.quarantine:
        return []
    rows = [(each["meaning"], each["reason"], each["rows"], each["claims"]) for each in summary.quarantine]
    table = _table("Rows that could not be read", ("why", "reason", "rows", "claims"), rows)
    told = "A claim with such a row is set apart whole and not judged. The rows are named in quarantine.parquet."
    return _section("Set apart", [f'<p class="soft">{told}</p>', table])


def _rests(summary: Summary) -> list[str]:
    found = []
    if summary.carried_forward:
        rows = [(e["published"], e["judged_by"], e["edition"], e["claims"]) for e in summary.carried_forward]
        told = "Judged by the newest edition, older than the day of service"
        found += _section("Editions older than the claims", [_table(told, ("table", "of", "edition", "claims"), rows)])
    if summary.disputes:
        disputes = [(each["dispute"].upper(), each["lines"], each["claims"]) for each in summary.disputes]
        table = _table("Answers that rest on it", ("dispute", "lines", "claims"), disputes)
        found += _section("Where sources disagree", [table])
    return found


def _section(title: str, parts: Sequence[str]) -> list[str]:
    return ["<section>", f"<h2>{escape(title)}</h2>", *parts, "</section>"]


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>\n{content}\n</details>"


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    numbers = [bool(rows) and isinstance(value, int) for value in rows[0]]

    def cell(tag: str, value: Any, number: bool) -> str:
        words = f"{value:,}" if isinstance(value, int) else str(value or "")
        marks = (' class="n"' if number else "") + (' scope="col"' if tag == "th" else "")
        return f"<{tag}{marks}>{escape(words)}</{tag}>"

    top = "".join(cell("th", value, number) for value, number in zip(head, numbers, strict=True))
    body = "\n".join(
        "<tr>" + "".join(cell("td", value, number) for value, number in zip(row, numbers, strict=True)) + "</tr>"
        for row in rows
    )
    told = f"<caption>{escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>"
    return f"<table>{told}\n<tbody>\n{body}\n</tbody></table>"


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {verdict: counts[verdict] for verdict in VERDICTS if counts.get(verdict)}
