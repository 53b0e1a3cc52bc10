"""An import that fails or is killed leaves the store as it was, and the next one works."""

from __future__ import annotations

import fcntl
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claimlogic.errors import InputError
from claimlogic.tables import workspace
from claimlogic.tables.importing import import_tables
from claimlogic.tables.manifest import read_manifest

from .conftest import HOSPITAL_PARTS, SAMPLES, StoreOf
from .test_importing import tree

ROWS = 40_000
IMPORT = (
    "import sys; from pathlib import Path; from claimlogic.tables.importing import import_tables;"
    "import_tables([Path(sys.argv[1])], Path(sys.argv[2]))"
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practitioner table that takes a while to import."""
    path = tmp_path_factory.mktemp("large") / "ncci_ptp_practitioner_2024q3.tsv"
    draw = random.Random(7)
    lines = {f"{draw.randrange(10_000, 90_000)}\t{draw.randrange(10_000, 90_000)}\t*\t1\tA\n" for _ in range(ROWS)}
    path.write_text("column1\tcolumn2\tdeletion\tmodifier\trationale_id\n" + "".join(sorted(lines)))
    return path


def start(file: Path, store: Path) -> subprocess.Popen[bytes]:
    """An import in a process of its own."""
    path = str(Path(__file__).parents[3] / "python")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {IMPORT}", str(file), str(store)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def test_a_killed_import_leaves_the_store_as_it_was(large: Path, store_of: StoreOf) -> None:
    store = store_of(HOSPITAL_PARTS)
    before = tree(store)
    began = time.monotonic()
    scratch = store.parent / "timed"
    assert start(large, scratch).wait() == 0
    whole = time.monotonic() - began
    killed = 0
    for share in (0.3, 0.55, 0.75, 0.9):
        process = start(large, store)
        time.sleep(whole * share)
        process.kill()
        killed += process.wait() != 0
        after = tree(store)
        if after != before:  # It had got to its end: then everything is there.
            assert set(after) == read_manifest(store).files()
            assert read_manifest(store).tables["ptp/practitioner"] == read_manifest(scratch).tables["ptp/practitioner"]
            before = after
    assert killed
    import_tables([large], store)
    assert set(tree(store)) == read_manifest(store).files()
    assert read_manifest(store).tables["ptp/practitioner"] == read_manifest(scratch).tables["ptp/practitioner"]


def test_an_import_killed_before_there_is_a_store_leaves_none(large: Path, tmp_path: Path) -> None:
    process = start(large, tmp_path / "store")
    time.sleep(0.4)
    process.kill()
    process.wait()
    assert not (tmp_path / "store").exists()


def test_a_crash_before_the_manifest_is_renamed_changes_nothing_that_counts(
    store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(HOSPITAL_PARTS)
    before = read_manifest(store)

    def crash(_path: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(workspace, "flush", crash)
    with pytest.raises(OSError, match="no space left"):
        import_tables([SAMPLES / "ccipra-v322r0-f1.txt"], store)
    monkeypatch.undo()
    assert read_manifest(store) == before
    import_tables([SAMPLES / "ccipra-v322r0-f1.txt"], store)
    assert set(tree(store)) == read_manifest(store).files()


def test_what_a_killed_import_left_behind_is_cleared(store_of: StoreOf) -> None:
    store = store_of(HOSPITAL_PARTS)
    left = store.parent / ".store.importing" / "made"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    import_tables([SAMPLES / "ccipra-v322r0-f1.txt"], store)
    assert not left.parent.exists()


def test_two_imports_into_one_store_do_not_run_at_once(store_of: StoreOf) -> None:
    store = store_of(HOSPITAL_PARTS)
    folder = store.parent / ".store.importing"
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another import"):
            import_tables([SAMPLES / "ccipra-v322r0-f1.txt"], store)
