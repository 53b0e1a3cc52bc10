"""Each check has its page, finds what is bad there and lets pass what is good; the shipped rules are clean."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimlogic.analyst.linting.draft import Draft, read_draft
from claimlogic.analyst.linting.model import Finding
from claimlogic.analyst.linting.registry import CHECKS, GROUPS, run_checks
from claimlogic.cli.analyst import explain_command, lint_command
from claimlogic.errors import InputError
from claimlogic.knowledge.vocabulary import is_vocabulary

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "lint"
EXAMPLE = re.compile(r"`([\w./]+)`( has besides)?:\n\n```prolog\n(.*?)\n```", re.DOTALL)


@pytest.fixture(scope="module")
def shipped() -> Draft:
    return read_draft(ROOT / "kb")


def examples(check: str, kind: str) -> dict[str, tuple[str, bool]]:
    page = (PAGES / f"{check}.md").read_text(encoding="utf-8")
    part = page.split(f"## {kind}\n")[1].split("\n## ")[0]
    return {name: (text + "\n", bool(adds)) for name, adds, text in EXAMPLE.findall(part)}


def found_in(shipped: Draft, check: str, kind: str, folder: Path) -> list[Finding]:
    texts = dict(shipped.texts)
    files = examples(check, kind)
    assert files
    directory = None
    for name, (text, adds) in files.items():
        if name.endswith(".tsv"):
            directory = folder
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        else:
            texts[name] = texts[name] + "\n" + text if adds else text
    found = run_checks(Draft(texts, shipped.asked, directory), [CHECKS[check]])
    return [f for f in found if f.file in files]


@pytest.mark.parametrize("check", CHECKS)
def test_the_bad_example_of_its_page_is_found_and_the_good_one_is_not(
    check: str, shipped: Draft, tmp_path: Path
) -> None:
    assert found_in(shipped, check, "Bad", tmp_path)
    assert found_in(shipped, check, "Good", tmp_path) == []


def test_each_page_has_its_check_and_the_index_names_all() -> None:
    pages = {p.stem for p in PAGES.glob("*.md")} - {"README"}
    assert pages == set(CHECKS)
    assert set(re.findall(r"\((\w+)\.md\)", (PAGES / "README.md").read_text(encoding="utf-8"))) == pages


def test_each_check_is_of_one_of_five_classes_and_documented() -> None:
    assert {c.group for c in CHECKS.values()} == set(GROUPS)
    assert all(c.run.__doc__ for c in CHECKS.values())


@pytest.mark.parametrize("check", CHECKS)
def test_the_shipped_knowledge_base_is_clean(check: str, shipped: Draft) -> None:
    assert run_checks(shipped, [CHECKS[check]]) == []


def knowledge_base(folder: Path, rule_text: str) -> Path:
    (folder / "vocabulary.lp").write_text(
        "%%% Words\n\n%*! kind claim text *%\n%*! kind line number *%\n%*! kind code text *%\n"
        "%*! line(C, L, Code)\ngiven by the claim: a line.\nArgs: C: claim, L: line, Code: code\nKey: C, L *%\n"
        "%*! finding(Code, C, L)\nderived: a finding.\nArgs: Code: code, C: claim, L: line *%\n",
        encoding="utf-8",
    )
    (folder / "some.lp").write_text(rule_text, encoding="utf-8")
    return folder


def ids(folder: Path, rule_text: str) -> list[tuple[str, int]]:
    draft = read_draft(knowledge_base(folder, rule_text))
    return [(f.check, f.line) for f in run_checks(draft, CHECKS.values()) if f.group in ("bug", "limit")]


@pytest.mark.parametrize(
    ("rule_text", "expected"),
    [
        ("finding(A, C, L) :- line(C, L, A).", []),
        ("finding(A, C, L) :- lien(C, L, A), line(C, L, A).", [("undeclared_predicate", 1)]),
        ("\n\nfinding(A, C, L) :- line(C, A).", [("unsafe_variable", 3)]),
        ("finding(A, C, L) :- line(C, L, A), L = 1, L = 2.", [("contradicting_conditions", 1)]),
        ("finding(A, C, L) :- line(C, L, A), L = 2, L != 1.", []),
        ("finding(A, C, L) :- line(C, L, A), A = A, A != A.", [("contradicting_conditions", 1)]),
        ("finding(A, C, L) :- line(C, L, A), line(C, L, B), A != B.", []),
        ("finding(A, C, L) :- line(C, L, A), L = #count { B : line(C, L', B) }.", []),
        ("finding(A, C, L) :- line(C, L, A), not finding(A, C, L).", [("not_stratified", 1)]),
        ('finding("é", C, L) :- line(C, L, _). % é is fine here', []),
        ("finding(é, C, L) :- line(C, L, _).", [("not_rule_text", 1)]),
        ('finding(A, C, L) :- line(C, L, A), A = "x.', [("not_rule_text", 1)]),
        ("finding(A, C, L) :- line(C, L, A) : line(C, L, _).", [("not_in_kb", 1)]),
        ('#include "/dev/zero".', [("not_in_kb", 1)]),
        ("#script (lua) os.exit() #end.", [("not_in_kb", 1)]),
        ("finding(A, C, 1..3) :- line(C, _, A).", [("not_in_kb", 1)]),
        ("{ finding(A, C, L) } :- line(C, L, A).", [("not_in_kb", 1)]),
        ("finding(99213, C, L) :- line(C, L, _).", [("code_not_text", 1)]),
        ("finding(A, C, L) :- line(C, L, A), L != 4294967297.", [("number_too_large", 1)]),
        ("", []),
        ("%* never closed", [("not_rule_text", 1)]),
        ("finding(A, C, L) :- line(C, L, A)", [("not_rule_text", 1)]),
    ],
)
def test_what_is_found_in_a_text(rule_text: str, expected: list[tuple[str, int]], tmp_path: Path) -> None:
    assert ids(tmp_path, rule_text) == expected


def test_one_fault_hides_no_other_and_keeps_the_lines(tmp_path: Path) -> None:
    text = (
        "#show.\nfinding(A, C, L) :- line(C, L, A), p(A).\n"
        "finding(A, C, L) :-\n    q(Z.\nfinding(A, C, Z) :- line(C, L, A).\nfinding(A, C, L) :- line(C, L).\n"
    )
    assert ids(tmp_path, text) == [
        ("not_in_kb", 1),
        ("undeclared_predicate", 2),
        ("not_rule_text", 3),
        ("unsafe_variable", 5),
        ("unsafe_variable", 6),
    ]


def test_the_nearest_name_is_told(tmp_path: Path) -> None:
    draft = read_draft(knowledge_base(tmp_path, "finding(A, C, L) :- lin(C, L, A), line(C, L, A)."))
    assert run_checks(draft, [CHECKS["undeclared_predicate"]])[0].remedy == "did you mean line?"


def test_a_check_is_explained_by_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain_command("cross_product") == 0
    assert capsys.readouterr().out == (PAGES / "cross_product.md").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="did you mean cross_product?"):
        explain_command("cros_product")


def test_the_command_prints_in_four_formats_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = knowledge_base(tmp_path, "%%% Some\n\nfinding(A, C, L) :- lin(C, L, A), line(C, L, A).\n")
    assert lint_command(folder, "text") == 1
    told = capsys.readouterr().out
    assert "some.lp\n  3: lin is not in the vocabulary\n      did you mean line?" in told
    assert lint_command(folder, "json") == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "undeclared_predicate" in {f["check"] for f in found}
    assert lint_command(folder, "sarif") == 1
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    assert {r["id"] for r in log["runs"][0]["tool"]["driver"]["rules"]} == set(CHECKS)
    assert {r["ruleId"] for r in log["runs"][0]["results"]} == {f["check"] for f in found}
    assert lint_command(folder, "junit") == 1
    suite = ElementTree.fromstring(capsys.readouterr().out).find("testsuite")
    assert suite is not None
    assert suite.get("failures") == str(len({f["check"] for f in found}))
    with pytest.raises(InputError, match="no format"):
        lint_command(folder, "xml")


def test_a_folder_without_a_knowledge_base_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no knowledge base"):
        lint_command(tmp_path, "text")


NAMES = [
    "line",
    "finding",
    "rule",
    "cites",
    "covered_from",
    "edition",
    "code",
    "waived",
    "units",
    "day",
    "setting",
    "x",
]
TERMS = ["C", "L", "_", "1", '"a"', "office", "#sup", "20240101", "N + 1", "20249999"]
atoms = st.builds(
    lambda name, terms: f"{name}({', '.join(terms)})" if terms else name,
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(TERMS), max_size=9),
)
bodies = st.lists(
    st.one_of(atoms, atoms.map("not {}".format), st.sampled_from(["N < 3", "L = L", "C != 1"])), max_size=4
)
texts = st.lists(
    st.one_of(
        atoms.map("{}.\n".format),
        st.builds(lambda head, body: f"{head} :- {', '.join(body)}.\n", atoms, bodies),
        st.sampled_from(['% @label("{} {", (L))\n', "% @source x\n", "#show x/1.\n", "x(.\n", '"', "%*", "é\n"]),
    ),
    max_size=6,
).map("".join)


SHIPPED = read_draft(ROOT / "kb").texts


@given(texts)
@example("finding.\nline :- finding.\n")
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_a_check(rule_text: str) -> None:
    shipped_words = {name: text for name, text in SHIPPED.items() if is_vocabulary(name)}
    draft = Draft({**shipped_words, "rules/some.lp": rule_text, "tables/editions.lp": rule_text})
    run_checks(draft, CHECKS.values())
