"""kb publish, log and rollback: what passed is kept under a hash of its bytes, and nothing that was kept is changed."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path

import pytest

from claimlogic.analyst.publishing.bundle import read_bundle
from claimlogic.analyst.publishing.place import publish_folder
from claimlogic.analyst.publishing.publish import Published, Refused, publish, published_bundle, rollback
from claimlogic.analyst.publishing.read import find_bundle, object_path, read_log, read_object, restore
from claimlogic.cli.difference import diff_command
from claimlogic.cli.publishing import knowledge_folder, log_command, publish_command, rollback_command
from claimlogic.errors import InputError
from claimlogic.knowledge.load import load_knowledge

from .conftest import OVERLAY, edited

DAY = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAIMLOGIC_PUBLISHED", raising=False)


@pytest.fixture
def work(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a knowledge base to edit. What it lacks of the shipped one, lint is not to tell."""
    shutil.copytree(small.parent, tmp_path / "work")
    monkeypatch.setattr("claimlogic.analyst.linting.registry.lint", lambda _: [])
    return tmp_path / "work"


def earlier(work: Path) -> None:
    """Let the plan's policy, and the test of it, begin a day earlier."""
    edited(work / "kb" / OVERLAY, "20260101, #sup", "20251231, #sup")
    for predicate in ("dated(before, {})", "service_date(before, {}, 20251231)"):
        for line in (1, 2):
            old = predicate.format(line)
            edited(work / "tests" / OVERLAY, f"{old}.", f"{old.replace('20251231', '20251230')}.")


def published(work: Path, message: str = "") -> Published:
    found = publish(work / "kb", publish_folder(None, work / "kb"), message, now=DAY)
    assert isinstance(found, Published)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_files_have_the_same_hash_whenever_and_wherever_they_are_published(work: Path, tmp_path: Path) -> None:
    shutil.copytree(work, tmp_path / "elsewhere")
    one = published(work, "first")
    other = publish(tmp_path / "elsewhere" / "kb", tmp_path / "bundles", "another message")
    assert isinstance(other, Published)
    assert one.entry.bundle == other.entry.bundle
    assert one.entry.kb_version == load_knowledge(work / "kb").version
    before = contents(work / ".claimlogic")
    again = published(work, "once more")
    assert (again.new, again.entry) == (False, one.entry)
    assert contents(work / ".claimlogic") == before


def test_a_comment_a_test_and_a_scenario_each_change_the_hash_and_only_rules_the_version(work: Path) -> None:
    first, _ = read_bundle(work / "kb")
    edited(work / "tests" / OVERLAY, "% The plan pays both.", "% The plan pays both of them.")
    tested, _ = read_bundle(work / "kb")
    assert tested.hash != first.hash
    assert tested.kb_version == first.kb_version
    edited(work / "kb" / OVERLAY, "% Several rules", "% A few rules")
    commented, _ = read_bundle(work / "kb")
    assert commented.kb_version != first.kb_version
    # What an editor leaves behind is no part of the rules.
    (work / "scenarios").mkdir()
    (work / "scenarios" / ".swap").write_text("x")
    assert read_bundle(work / "kb")[0].hash == commented.hash


def test_a_publication_keeps_its_impact_against_what_was_current(work: Path) -> None:
    folder = publish_folder(None, work / "kb")
    first = published(work)
    assert first.impact is None
    earlier(work)
    second = published(work, "the plan pays a day earlier")
    assert second.impact is not None
    # No test has a claim of that day any more, so no verdict of theirs changes; the fact that did is told.
    assert [change.words for change in second.impact.changes.facts] == [("From is 20251231, was 20260101",)]
    report = json.loads(read_object(folder, second.entry.impact))
    assert report["base"]["version"] == first.entry.kb_version
    assert report["draft"]["version"] == second.entry.kb_version
    assert report["base"]["name"] == first.entry.bundle[:12]
    assert [entry.bundle for entry in read_log(folder)] == [first.entry.bundle, second.entry.bundle]
    assert second.entry.before == first.entry.bundle


def test_nothing_is_published_where_a_test_fails(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "kb" / "rules" / "includes_guidance.lp").unlink()
    assert publish_command(work / "kb", None, "", None, "text") == 1
    told = capsys.readouterr().out
    assert told.startswith("not published")
    assert "rules/includes_guidance.lp" in told
    assert publish_command(work / "kb", None, "", None, "json") == 1
    assert json.loads(capsys.readouterr().out)["published"] is None
    assert not (work / ".claimlogic").exists()


def test_nothing_is_published_where_lint_finds_something(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small.parent, tmp_path / "work")
    (tmp_path / "work" / "kb" / "rules" / "never.lp").write_text(
        "finding(never, C, L, L) :- line(C, L, _), units(C, L, N), 3 < N, N < 2.\n", encoding="utf-8"
    )
    found = publish(tmp_path / "work" / "kb", tmp_path / "bundles")
    assert isinstance(found, Refused)
    assert "rules/never.lp" in {finding.file for finding in found.lint}
    assert not (tmp_path / "bundles").exists()


def test_rolling_back_names_the_earlier_version_again_and_brings_its_bytes(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_files = {n: p.read_bytes() for n, p in read_bundle(work / "kb")[1].items()}
    first = published(work).entry
    earlier(work)
    second = published(work).entry
    working = contents(work / "kb")
    place = tmp_path / "restored"
    assert rollback_command(first.bundle[:8], work / "kb", None, place, "a mistake") == 0
    assert contents(place) == first_files
    assert load_knowledge(place / "kb").version == first.kb_version
    assert contents(work / "kb") == working
    log = read_log(publish_folder(None, work / "kb"))
    assert [(e.action, e.bundle) for e in log[1:]] == [("publish", second.bundle), ("rollback", first.bundle)]
    # The version of the rules that an answer carries finds its bundle as well.
    assert published_bundle(publish_folder(None, work / "kb"), second.kb_version[:12]).hash == second.bundle
    assert rollback(publish_folder(None, work / "kb"), first.bundle)[1] is False
    capsys.readouterr()
    assert log_command(work / "kb", None, "text") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(first.bundle[:12])
    assert told[0].endswith("rollback  (current)")
    assert "    a mistake" in told
    assert log_command(work / "kb", None, "json") == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [document["current"] for document in documents] == [True, False, False]
    # Once more published, the second version follows, under the hash that it had.
    assert published(work).entry.bundle == second.bundle


def test_nothing_is_overwritten_by_a_rollback(work: Path, tmp_path: Path) -> None:
    entry = published(work).entry
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        rollback_command(entry.bundle, work / "kb", None, tmp_path / "mine", "")
    assert contents(tmp_path / "mine") == {"notes.txt": b"mine"}


def test_a_damaged_bundle_is_refused_whatever_of_it_is_damaged(work: Path, tmp_path: Path) -> None:
    folder = publish_folder(None, work / "kb")
    first = published(work).entry
    earlier(work)
    published(work)
    bundle = find_bundle(folder, first.bundle)
    assert bundle is not None
    damaged = object_path(folder, bundle.files[f"kb/{OVERLAY}"])
    kept = damaged.read_bytes()
    damaged.chmod(0o644)
    damaged.write_bytes(kept.replace(b"20260101", b"20240101"))
    with pytest.raises(InputError, match="damaged: its bytes do not have its hash"):
        rollback(folder, first.bundle)
    with pytest.raises(InputError, match="damaged"):
        restore(folder, bundle, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    damaged.unlink()
    with pytest.raises(InputError, match="missing"):
        rollback(folder, first.bundle)
    damaged.write_bytes(kept)
    listed = folder / "bundles" / f"{first.bundle}.json"
    edited(listed, f"kb/{OVERLAY}", "kb/payers/../../../escaped.lp")
    with pytest.raises(InputError, match="damaged: what it lists"):
        rollback(folder, first.bundle)
    (folder / "log" / "000001.json").unlink()
    with pytest.raises(InputError, match="an entry of the log is missing"):
        read_log(folder)
    assert read_log(tmp_path / "nowhere") == []


def test_a_hash_that_names_nothing_is_told(work: Path) -> None:
    published(work)
    for name, words in (("0" * 64, "no bundle published"), ("abc", "first 8 digits"), ("not-a-hash", "first 8 digits")):
        with pytest.raises(InputError, match=words):
            rollback_command(name, work / "kb", None, None, "")


def test_a_published_version_is_compared_with_and_judged_by_under_its_hash(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = published(work).entry
    edited(work / "kb" / OVERLAY, "20260101, #sup", "20251231, #sup")
    assert diff_command(first.bundle[:8], None, None, "json", None, None, work / "kb", None) == 1
    assert json.loads(capsys.readouterr().out)["lines"]["newly_payable"] == 1
    monkeypatch.setenv("CLAIMLOGIC_PUBLISHED", str(publish_folder(None, work / "kb")))
    place = knowledge_folder(Path(first.bundle[:12]))
    assert place is not None
    assert load_knowledge(place).version == first.kb_version
    # What was tampered with in the cache is laid out again.
    edited(place / OVERLAY, "20260101, #sup", "20240101, #sup")
    place = knowledge_folder(Path(first.kb_version))
    assert place is not None
    assert load_knowledge(place).version == first.kb_version
    assert knowledge_folder(work / "kb") == work / "kb"
    assert knowledge_folder(Path("0" * 12)) == Path("0" * 12)


def test_a_log_that_cannot_be_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="this is a file; what is published lies in a folder"):
        log_command(None, tmp_path / "letter.txt", "text")
    with pytest.raises(InputError, match="there is no such knowledge base"):
        log_command(tmp_path / "nowhere", None, "text")
    assert log_command(None, tmp_path / "new", "text") == 0


def test_claims_that_cannot_be_read_are_told_though_there_is_nothing_to_compare(work: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        publish(work / "kb", tmp_path / "published", claims=tmp_path / "nowhere.csv", now=DAY)
    assert not (tmp_path / "published").exists()
