"""A small made-up knowledge base, and claims to prove by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import clingo
import pytest

from claimlogic.knowledge.load import Knowledge, load_knowledge
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.proofs.build import build_proof
from claimlogic.proofs.model import Proof
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import Atom

VOCABULARY = """
%*! kind claim text *%
%*! kind line number *%
%*! kind code text *%
%*! kind modifier text *%
%*! kind day number *%
%*! kind count number *%
%*! kind rule word *%
%*! kind source word *%
%*! kind text text *%
%*! kind table practitioner | hospital *%
%*! kind modality fluoroscopy | ct *%
%*! kind severity deny | advise *%
%*! kind verdict denied | payable *%
%*! kind authority cms_tables | article *%

%*! claim(C)
given by the claim: C is a claim.
Args: C: claim *%
%*! line(C, L, Code)
given by the claim: line L of claim C reports procedure code Code.
Args: C: claim, L: line, Code: code *%
%*! units(C, L, N)
given by the claim: line L reports N units. Total.
Args: C: claim, L: line, N: count *%
%*! modifier(C, L, M)
given by the claim: line L carries modifier M.
Args: C: claim, L: line, M: modifier *%
%*! service_date(C, L, D)
given by the claim: line L was performed on day D.
Args: C: claim, L: line, D: day *%
%*! provider(C, L, Id)
given by the claim: who performed line L.
Args: C: claim, L: line, Id: text *%
%*! source(Source, Authority, Title, Edition)
given by codes: a document that facts and rules cite.
Args: Source: source, Authority: authority, Title: text, Edition: text *%
%*! includes_guidance(Code, Modality, From, To)
given by codes: the procedure Code contains imaging guidance by Modality.
Args: Code: code, Modality: modality, From: day, To: day *%
%*! guidance(Code, Modality, From, To)
given by codes: Code reports imaging guidance by Modality, for services from From to To.
Args: Code: code, Modality: modality, From: day, To: day *%
%*! addon_parent(A, P)
given by codes: P is a parent of the add-on A.
Args: A: code, P: code *%
%*! parting_modifier(M)
given by codes: M parts a pair.
Args: M: modifier *%
%*! ptp(Table, A, B, From, To)
given by tables: B (column 2) is not paid with A (column 1).
Args: Table: table, A: code, B: code, From: day, To: day *%
%*! limit(Code, N)
given by codes: at most N units of Code.
Args: Code: code, N: count *%
%*! rule(Rule, Severity, Title)
given by rules: Rule reports with this severity.
Args: Rule: rule, Severity: severity, Title: text *%
%*! cites(Rule, Source, Where)
given by rules: what Rule rests on.
Args: Rule: rule, Source: source, Where: text *%
%*! pair_on(C, L, L', Table)
derived: line L and line L' are a pair of the Table table on their day.
Args: C: claim, L: line, L': line, Table: table *%
%*! stands(C, L)
derived: nothing denies line L.
Args: C: claim, L: line *%
%*! finding(Rule, C, L, L')
derived: Rule has something to say against line L because of line L'.
Args: Rule: rule, C: claim, L: line, L': line *%
%*! waived(Rule, C, L, L')
derived: a payer's overlay sets Rule aside.
Args: Rule: rule, C: claim, L: line, L': line *%
%*! verdict(C, L, Verdict)
derived: what becomes of line L.
Args: C: claim, L: line, Verdict: verdict *%
"""

FACTS = """
source(cms, cms_tables, "Edits <of> CMS", "2024 Q3").
source(paper, article, "A guide", "2025").

% @source paper, "table 1"
guidance("77003", fluoroscopy, 20070101, #sup).
includes_guidance("62323", ct, 20170101, #sup).
includes_guidance("62323", fluoroscopy, 20170101, #sup).
includes_guidance("64490", fluoroscopy, 20200101, 20231231).

% @source cms, "type 1"
PARENTS

% @source cms, "I E"
parting_modifier("59").
parting_modifier("XS").
limit("36556", 2).
"""

TABLE = """# @source cms, "2024 Q3 & later"
Table	A	B	From	To	rationale
practitioner	62323	77003	20240701	#sup	misuse of <column> 2 & more
practitioner	11111	22222	20240701	20240930	
"""

RULES = {
    "views.lp": """
same_day(C, L, L') :- line(C, L, _), line(C, L', _), service_date(C, L, D), service_date(C, L', D), L != L'.
guides_on(C, L, Modality) :-
    line(C, L, Code), guidance(Code, Modality, From, To), service_date(C, L, D), From <= D, D <= To.
includes_guidance_on(C, L, Modality) :-
    line(C, L, Code), includes_guidance(Code, Modality, From, To), service_date(C, L, D), From <= D, D <= To.
pair_on(C, L, L', Table) :-
    line(C, L, A), line(C, L', B), same_day(C, L, L'), ptp(Table, A, B, From, To),
    service_date(C, L, D), From <= D, D <= To.
parent_on(C, L, L') :- line(C, L, Code), addon_parent(Code, P), line(C, L', P).
has_parent(C, L) :- parent_on(C, L, _).
""",
    "rules/includes_guidance.lp": """
rule(includes_guidance, deny, "imaging guidance is part of the procedure").
cites(includes_guidance, cms, "VIII <I>").
% @label("line {}: line {} already includes imaging guidance", (L, L'))
finding(includes_guidance, C, L, L') :-
    guides_on(C, L, _), includes_guidance_on(C, L', _), same_day(C, L, L'), not has_parent(C, L).
""",
    "rules/column_two.lp": """
rule(column_two, deny, "not payable together with another code").
cites(column_two, paper, "mistake 2").
% @label("line {}: column 2 of line {}", (L, L'))
finding(column_two, C, L, L') :- pair_on(C, L', L, _), not parted(C, L', L).
parted(C, L, L') :- pair_on(C, L, L', _), modifier(C, L, M), parting_modifier(M).
parted(C, L, L') :- pair_on(C, L, L', _), modifier(C, L', M), parting_modifier(M).
""",
    "rules/over_limit.lp": """
rule(over_limit, deny, "more units than allowed").
cites(over_limit, cms, "I V").
% @label("line {}: {} units on {}, at most {}", (L, #sum, D, Max))
finding(over_limit, C, L, L) :-
    line(C, L, Code), limit(Code, Max), service_date(C, L, D),
    Max < #sum { N, L' : line(C, L', Code), units(C, L', N) }.
""",
    "verdict.lp": """
falls(C, L) :- finding(Rule, C, L, L'), rule(Rule, deny, _), not waived(Rule, C, L, L').
stands(C, L) :- line(C, L, _), not falls(C, L).
verdict(C, L, denied) :- line(C, L, _), not stands(C, L).
verdict(C, L, payable) :- line(C, L, _), stands(C, L).
near(C, L) :- line(C, L, _), far(C, L).
far(C, L) :- line(C, L, _), near(C, L).
nowhere(C, L) :- line(C, L, _), not near(C, L).
""",
}

PARENTS = [f"610{number}" for number in range(50, 64)]

EPIDURAL = """
claim("c"). line("c", 1, "62323"). line("c", 2, "77003"). units("c", 1, 1). units("c", 2, 1).
service_date("c", 1, 20250314). service_date("c", 2, 20250314). modifier("c", 2, "26").
"""

Prove = Callable[..., Proof]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Knowledge:
    """The made-up knowledge base."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    parents = "\n".join(f'addon_parent("77003", "{parent}").' for parent in PARENTS)
    files = {
        "vocabulary.lp": VOCABULARY,
        "facts.lp": FACTS.replace("PARENTS", parents),
        "tables/ptp.tsv": TABLE.lstrip("\n"),
        **RULES,
    }
    for name, text in files.items():
        path = tmp_path / "kb" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_knowledge(tmp_path / "kb")


@pytest.fixture
def prove(small: Knowledge) -> Prove:
    """A function from claim facts (as text) and roots (as text) to the proof of the roots."""

    def prove(claim: str, *roots: str, name: str = "epidural-1") -> Proof:
        facts = _atoms(claim)
        published = [
            Atom(predicate, row)
            for predicate in sorted(small.store.predicates)
            for row in small.store.match(predicate, (None,) * len(small.vocabulary.predicates[predicate].arguments))
        ]
        answer = solve([*facts, *published], small.rules, small.rules, None)
        concluded = {rule.head.predicate for rule in small.rules}
        derived = [atom for atom in answer.atoms if atom.predicate in concluded]
        wanted = [_atoms(f"{root}.")[0] for root in roots]
        return build_proof(name, wanted, facts, derived, answer.firings, small.rules, small.store, small.version)

    return prove


def _atoms(text: str) -> Sequence[Atom]:
    control = clingo.Control()
    control.add("base", [], text)
    control.ground([("base", [])])
    return [Atom(a.symbol.name, tuple(map(symbol_term, a.symbol.arguments))) for a in control.symbolic_atoms]


@pytest.fixture
def epidural(prove: Prove) -> Proof:
    """The proof that line 2, fluoroscopy beside a procedure that includes it, is denied."""
    return prove(EPIDURAL, 'verdict("c", 2, denied)')
