"""A draft that means harm is refused or stopped within seconds; it reads nothing, writes nothing, and we live on."""

from __future__ import annotations

import json
import lzma
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimlogic.analyst.isolation.files import MOST_BYTES, draft_texts, read_draft_files
from claimlogic.analyst.isolation.keeper import LimitHit, Limits
from claimlogic.analyst.isolation.trial import Trial, Workshop
from claimlogic.cli.trying import try_command
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase

ROOT = Path(__file__).parents[3]
CANARY = "ZZCANARY-4711"
LIMITS = Limits(cpu_seconds=2, wall_seconds=20.0, memory_bytes=400 << 20, output_bytes=1 << 20)
SECONDS = 25.0

CLAIM = """
id: knee
form: professional
setting: office
date: 2026-02-14
payer: medicare
lines:
  - {line: 1, code: "20611"}
  - {line: 2, code: "77002"}
"""


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(scope="module")
def workshop(kb: KnowledgeBase) -> Iterator[Workshop]:
    with Workshop(kb, LIMITS) as opened:
        yield opened


@pytest.fixture(scope="module")
def claim_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("claim") / "knee.yaml"
    path.write_text(CLAIM, encoding="utf-8")
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that no draft may read; what it holds is not rule text, so that a reader would quote it."""
    path = tmp_path / "secret.lp"
    path.write_text(f"{CANARY} is here\n", encoding="utf-8")
    return path


def tried(workshop: Workshop, kb: KnowledgeBase, claim_file: Path, text: str | bytes) -> Trial:
    """The trial of one overlay; it must be over in seconds, and this process no larger for it."""
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        return workshop.try_draft({"payers/hostile.lp": content}, kb.read(claim_file))
    finally:
        assert time.monotonic() - begun < SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


REFUSED = {
    "script python": ('#script (python)\nopen("{marker}", "w")\n#end.', "#script may not stand here"),
    "script lua": ('#script (lua) os.execute("touch {marker}") #end.', "#script may not stand here"),
    "include": ('#include "{secret}".', "#include may not stand here"),
    "include of a device": ('#include "/dev/zero".', "#include may not stand here"),
    "include of incmode": ("#include <incmode>.", "#include may not stand here"),
    "include behind a comment": ('%* %* *% *% #include "{secret}".', "#include may not stand here"),
    "include behind a half comment": ('%* % *%\n*% #include "{secret}".', "#include may not stand here"),
    "include behind a text": ('a("\\\\"). #include "{secret}".', "#include may not stand here"),
    "include behind a bad escape": ('a("\\q"). #include "{secret}".', "a text is not closed"),
    "external": ("#external a(X) : b(X).", "#external may not stand here"),
    "theory": ("#theory t { }.", "#theory may not stand here"),
    "theory atom": ("a(X) :- &sum { X } > 1, b(X).", "& begins a theory atom"),
    "const": ("#const n = 5.", "#const may not stand here"),
    "show": ("#show.", "#show may not stand here"),
    "show that hides denials": ("#show waived/4.", "#show may not stand here"),
    "defined": ("#defined a/1.", "#defined may not stand here"),
    "program": ("#program step(t).", "#program may not stand here"),
    "project": ("#project a/1.", "#project may not stand here"),
    "heuristic": ("#heuristic a(X) : b(X). [1, true]", "#heuristic may not stand here"),
    "edge": ("#edge (1, 2).", "#edge may not stand here"),
    "minimize": ("#minimize { 1 : line(_, _, _) }.", "#minimize may not stand here"),
    "weak constraint": (":~ line(C, L, _). [1, L]", "syntax error"),
    "constraint": (":- line(_, _, _).", "one atom"),
    "choice": ("{ waived(x, C, L, L) } :- line(C, L, _).", "one atom"),
    "disjunction": ("a(C) ; b(C) :- line(C, _, _).", "one atom"),
    "negation in the head": ("-line(C, L, A) :- line(C, L, A).", "negative atoms"),
    "function call": ("a(@f(X)) :- line(X, _, _).", "@ begins a function"),
    "function call in a context": ("a(X) :- X = @open(1).", "@ begins a function"),
    "function": ("a(f(X)) :- line(X, _, _).", "not used here"),
    "endless list": ("a(f(C, X)) :- a(X), line(C, _, _).", "not used here"),
    "interval": ("a(1..2147483647).", "not used here"),
    "interval in a condition": ("a(X) :- X = 1..100000000.", "not used here"),
    "pool": ("a((" + ";".join("0" * 30_000) + ")).", "not used here"),
    "pools that multiply": ("a(" + ",".join(["(1;2;3;4;5;6;7;8;9)"] * 12) + ").", "not used here"),
    "pool of a predicate": ("a(1;2;3).", "not used here"),
    "conditional": ("a(C) :- line(C, _, _) : line(C, _, _).", "not used here"),
    "double negation": ("a(C) :- line(C, _, _), not not line(C, _, _).", "not used here"),
    "endless counting": ("a(X + 1) :- a(X). a(X) :- units(_, _, X).", "could grow without end"),
    "endless counting by =": ("a(Y) :- a(X), Y = X + 1. a(X) :- units(_, _, X).", "could grow without end"),
    "endless counting backwards": ("a(X) :- a(X + 1). a(X) :- units(_, _, X).", "bind it"),
    "endless counting by two": ("a(X) :- b(X). b(Y) :- a(X), Y = X * 2. a(X) :- units(_, _, X).", "without end"),
    "cyclic negation": ("a(C) :- line(C, _, _), not b(C). b(C) :- line(C, _, _), not a(C).", "absence"),
    "negation of itself": ("a(C) :- line(C, _, _), not a(C).", "absence"),
    "aggregate over itself": ("a(C) :- line(C, _, _), 0 < #count { X : a(X) }.", "absence"),
    "number past 32 bits": ("a(99999999999).", "larger than 2147483647"),
    "number of a million digits": ("a(" + "9" * 200_000 + ").", "larger than 2147483647"),
    "hexadecimal past 32 bits": ("a(0xFFFFFFFFFF).", "larger than 2147483647"),
    "deep brackets": ("a(" * 60_000 + "1" + ")" * 60_000 + ".", "deep"),
    "deep tuples": ("a(" + "(" * 60_000 + "1" + ",)" * 60_000 + ").", "deep"),
    "long sum": ("a(X) :- X = 1" + "+1" * 100_000 + ".", "operators in a row"),
    "long minus": ("a(" + "-" * 200_000 + "1).", "operators in a row"),
    "long bars": ("a(" + "|" * 100_000 + "1).", "operators in a row"),
    "comment not closed": ("%* a(1).", "comment is not closed"),
    "comments in comments not closed": ("%*" * 100_000, "comment is not closed"),
    "comment closed out of sight": ("%* % *%\na(1).", "comment is not closed"),
    "text not closed": ('a("x).\n', "a text is not closed"),
    "curly quote": ("a(\u201cx\u201d).", "not rule text"),
    "no-break space": ("a(\u00a01).", "not rule text"),
    "NUL": ("a(1).\x00b(2).", "does not show"),
    "NUL in a text": ('a("\x00").', "does not show"),
    "escape sequence in a comment": ("% \x1b[2J\n", "does not show"),
    "text that turns round": ("% \u202e harmless\n", "does not show"),
    "surrogate": ('a("\ud800").', "not UTF-8"),
    "not UTF-8": (b'a("\xff\xfe").', "not UTF-8"),
    "100 MB": (b"a(1).\n" * 17_000_000, "more than 256 KB"),
    "empty file name of a program": ("#program .", "#program may not stand here"),
    "verdict of its own": ("verdict(C, L, payable) :- line(C, L, _).", "which the draft does not replace"),
    "claim of its own": ('line(C, 9, "62323") :- claim(C).', "given, not derived"),
    "solver's own name": ("_fired(1, 2).  _fired(C, 2) :- line(C, _, _).", "begins with _"),
    "too many conditions": (
        "a(C) :- " + ", ".join(f"line(C, L{i}, _)" for i in range(25)) + ".",
        "more than 24 conditions",
    ),
    "head not bound": ("a(X, C) :- line(C, _, _).", "occurs in no condition"),
    "word for a number": ('plan_pays(medicare, "77002", "20611", today, #sup).', "From of plan_pays"),
    "fact of another size": ('plan_pays(medicare, "77002").', "takes 5 arguments"),
    "label that looks inside": (
        '% @label("{0.__class__.__mro__}", (C,))\nwaived(x, C, L, L) :- line(C, L, _).',
        "other braces than",
    ),
    "label that is a billion wide": (
        '% @label("{:>999999999}", (C,))\nwaived(x, C, L, L) :- line(C, L, _).',
        "other braces than",
    ),
    "label that lacks a variable": (
        '% @label("{} {}", (C,))\nwaived(x, C, L, L) :- line(C, L, _).',
        "2 braces and 1 variables",
    ),
    "finding of a rule that is none": ("finding(x, C, L, L) :- line(C, L, _).", "x has no card"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_draft_is_refused(
    name: str, workshop: Workshop, kb: KnowledgeBase, claim_file: Path, secret: Path, tmp_path: Path
) -> None:
    text, says = REFUSED[name]
    marker = tmp_path / "marker"
    if isinstance(text, str):
        text = text.replace("{secret}", str(secret)).replace("{marker}", str(marker))
    trial = tried(workshop, kb, claim_file, text)
    assert trial.claims == ()
    told = [f"{r.file}:{r.line}: {r.problem}; {r.remedy}" for r in trial.refused]
    assert any(says in words for words in told), told
    assert all(r.remedy and r.line >= 1 for r in trial.refused), told
    assert CANARY not in str(trial)
    assert not marker.exists()


SOURCES = [f"source({letter}, _, _, _)" for letter in "ABDEFG"]
STOPPED = {
    "join of everything": f"a(A, B, D, E, F) :- {', '.join(SOURCES)}.\n"
    "waived(includes_guidance, C, L, L) :- a(A, B, D, E, F), line(C, L, _).",
    "counting by all pairs": "waived(includes_guidance, C, L, L) :- line(C, L, _), "
    f"1 < #sum {{ 1, A, B, D, E, F, G : {', '.join(SOURCES)} }}.",
    "doubling": "".join(
        f"a{i + 1}({', '.join(f'X{k}' for k in range(i + 2))}) :- a{i}({', '.join(f'X{k}' for k in range(i + 1))}), "
        f"a0(X{i + 1}).\n"
        for i in range(30)
    )
    + 'a0("1") :- claim(_). a0("2") :- claim(_).\n'
    + f"waived(includes_guidance, C, L, L) :- line(C, L, _), a30({', '.join('_' * 31)}).",
}


@pytest.mark.parametrize("name", STOPPED)
def test_a_draft_that_takes_too_much_is_stopped(
    name: str, workshop: Workshop, kb: KnowledgeBase, claim_file: Path
) -> None:
    with pytest.raises(LimitHit) as stopped:
        tried(workshop, kb, claim_file, STOPPED[name])
    assert stopped.value.limit in ("cpu", "memory")


def test_thousands_of_rules_are_answered_or_stopped(workshop: Workshop, kb: KnowledgeBase, claim_file: Path) -> None:
    many = "".join(f"waived(includes_guidance, C, L, {i}) :- line(C, L, _).\n" for i in range(4000))
    with pytest.raises(LimitHit) as stopped:
        tried(workshop, kb, claim_file, many)
    assert stopped.value.limit in ("cpu", "memory", "output")


def test_an_answer_that_is_too_long_is_stopped(kb: KnowledgeBase, claim_file: Path) -> None:
    overlay = (ROOT / "kb" / "payers" / "example_health_plan.lp").read_bytes()
    with Workshop(kb, Limits(output_bytes=200)) as small, pytest.raises(LimitHit, match="output"):
        small.try_draft({"payers/example_health_plan.lp": overlay}, kb.read(claim_file))


def test_after_all_that_an_honest_draft_is_answered(workshop: Workshop, kb: KnowledgeBase, claim_file: Path) -> None:
    overlay = (ROOT / "kb" / "payers" / "example_health_plan.lp").read_text(encoding="utf-8")
    draft = overlay.replace('"77003", "62323"', '"77002", "20611"').replace("example_health_plan", "medicare")
    trial = tried(workshop, kb, claim_file, draft)
    assert trial.refused == ()
    assert [(line.line, line.before, line.after) for line in trial.claims[0].lines] == [
        (1, "payable", "payable"),
        (2, "denied", "payable"),
    ]
    waived = {said.rule: said.waived_by for said in trial.claims[0].lines[1].says if said.waived_by}
    assert set(waived) == {"includes_guidance", "ncci_column_two"}
    assert all(place.startswith("payers/hostile.lp:") for place in waived.values())


def test_a_draft_that_replaces_a_file_stands_in_its_place(
    workshop: Workshop, kb: KnowledgeBase, claim_file: Path
) -> None:
    name = "rules/includes_guidance.lp"
    shipped = (ROOT / "kb" / name).read_text(encoding="utf-8")
    same = workshop.try_draft({name: shipped.encode()}, kb.read(claim_file))
    assert (same.refused, same.remarks, same.changed) == ((), (), ())
    milder = shipped.replace("rule(includes_guidance, deny,", "rule(includes_guidance, advise,")
    ours = kb.check(kb.read(claim_file)[0]).line(2).findings
    assert any(f.rule == "includes_guidance" and f.severity == "deny" for f in ours)
    trial = workshop.try_draft({name: milder.encode()}, kb.read(claim_file))
    said = {s.rule: s.severity for s in trial.claims[0].lines[1].says}
    assert said["includes_guidance"] == "advise"


def test_a_draft_may_add_to_the_vocabulary_and_change_nothing_in_it(workshop: Workshop) -> None:
    name = "vocabulary/claims.lp"
    words = (ROOT / "kb" / name).read_text(encoding="utf-8")
    added = words + "\n%*! mine(C)\nderived: mine.\nArgs: C: claim *%\n"
    assert workshop.try_draft({name: added.encode()}).refused == ()
    assert "line(C, L, Code)" in words
    changed = words.replace("line(C, L, Code)", "line(C, Code, L)", 1)
    refused = workshop.try_draft({name: changed.encode()}).refused
    assert "must leave line as it is" in refused[0].problem


@pytest.mark.parametrize(
    "name",
    [
        "../payers/x.lp",
        "/etc/passwd",
        "payers/../../x.lp",
        "payers//x.lp",
        "./x.lp",
        "payers\\x.lp",
        "C:x.lp",
        "payers/x.lp\x00.txt",
        "payers/x.lp\n",
        "payers/\x1b[2Jx.lp",
        "payers/x.py",
        "payers/.x.lp",
        ".lp",
        "",
        "~/x.lp",
        "payers/X.lp",
        "a/" * 50 + "x.lp",
        "tables/editions.lp",
        "tables/ptp__practitioner.tsv.xz",
        "{0.__class__}.lp",
    ],
)
def test_a_name_that_is_no_file_of_rule_text_is_refused(name: str, workshop: Workshop) -> None:
    (refused,) = workshop.try_draft({name: b"a(1).\n"}).refused
    assert refused.file.isprintable()
    assert refused.remedy


def test_many_small_files_are_refused(workshop: Workshop) -> None:
    files = {f"payers/p{i}.lp": b"% x\n" for i in range(65)}
    assert "more than 64 files" in workshop.try_draft(files).refused[0].problem
    halves = {f"payers/p{i}.lp": b"%" * (MOST_BYTES // 2) for i in range(3)}
    assert "more than 256 KB" in workshop.try_draft(halves).refused[0].problem


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "draft"
    (made / "payers").mkdir(parents=True)
    return made


def refused_folder(draft: Path) -> str:
    begun = time.monotonic()
    with pytest.raises(InputError) as refused:
        draft_texts(read_draft_files(draft))
    assert time.monotonic() - begun < 2
    assert CANARY not in str(refused.value)
    return str(refused.value)


def test_links_pipes_and_devices_are_not_opened(tmp_path: Path, secret: Path) -> None:
    linked = folder(tmp_path / "linked")
    (linked / "payers" / "x.lp").symlink_to(secret)
    assert "neither a regular file nor a folder" in refused_folder(linked)
    around = folder(tmp_path / "around")
    (around / "codes").symlink_to(secret.parent, target_is_directory=True)
    assert "neither a regular file nor a folder" in refused_folder(around)
    zero = folder(tmp_path / "zero")
    (zero / "payers" / "x.lp").symlink_to("/dev/zero")
    assert "neither a regular file nor a folder" in refused_folder(zero)
    pipe = folder(tmp_path / "pipe")
    os.mkfifo(pipe / "payers" / "x.lp")
    assert "neither a regular file nor a folder" in refused_folder(pipe)
    alone = tmp_path / "alone.lp"
    alone.symlink_to(secret)
    assert "cannot be read" in refused_folder(alone)
    os.mkfifo(tmp_path / "pipe.lp")
    assert "not a regular file" in refused_folder(tmp_path / "pipe.lp")
    assert "not a regular file" in refused_folder(Path("/dev/zero"))
    assert "cannot be read" in refused_folder(tmp_path / "nothing.lp")


def test_a_table_that_unpacks_to_a_gigabyte_is_not_unpacked(tmp_path: Path) -> None:
    draft = folder(tmp_path)
    (draft / "tables").mkdir()
    packed = lzma.compress(b"practitioner\t62323\t77003\n" * 400_000)
    (draft / "tables" / "ptp__practitioner.tsv.xz").write_bytes(packed)
    assert "no name of a draft's file" in refused_folder(draft)


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    draft = folder(tmp_path)
    with (draft / "payers" / "x.lp").open("wb") as file:
        file.truncate(100 << 20)
    assert "more than 256 KB" in refused_folder(draft)


def test_an_empty_folder_is_no_draft(tmp_path: Path) -> None:
    assert "no .lp file" in refused_folder(folder(tmp_path))


def test_a_folder_of_rule_text_is_read(tmp_path: Path) -> None:
    draft = folder(tmp_path)
    (draft / "payers" / "x.lp").write_text("a(1).\n")
    (draft / "y.lp").write_text("b(1).\n")
    assert draft_texts(read_draft_files(draft)) == {"payers/x.lp": "a(1).\n", "y.lp": "b(1).\n"}
    assert read_draft_files(draft / "y.lp") == {"payers/y.lp": b"b(1).\n"}
    assert read_draft_files(draft / "y.lp", "codes/z.lp") == {"codes/z.lp": b"b(1).\n"}


@pytest.mark.parametrize(
    ("name", "text", "status", "says"),
    [
        ("refused.lp", '#include "/etc/passwd".', 2, "  1: #include may not stand here\n      say it with facts"),
        ("stopped.lp", STOPPED["join of everything"], 3, "the draft was stopped: it took too much"),
        ("remarked.lp", "%%% Mine\n\nmine(C) :- line(C, _, _).\n", 1, "[undeclared_predicate]"),
        (
            "nothing.lp",
            "%%% Mine\n% Not modelled   nothing known.\n",
            0,
            "nothing found by lint; 0 of 1 claims changed",
        ),
    ],
)
def test_the_command_tells_what_came_of_it(
    name: str, text: str, status: int, says: str, claim_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert try_command(tmp_path / name, [str(claim_file)], None, ROOT / "kb", None, "text") == status
    assert says in capsys.readouterr().out
    if status != 3:
        assert try_command(tmp_path / name, [], None, ROOT / "kb", None, "json") == status
        told = json.loads(capsys.readouterr().out)
        assert told["outcome"] == ("refused" if status == 2 else "tried")
