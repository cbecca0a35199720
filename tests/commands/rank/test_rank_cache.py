"""The second look at a sweep: the same answer from what is remembered, and never from what has changed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli import command
from test_rank import SAMPLES, log, sweep_of

import selectmodel as sm
from selectmodel.commands.rank import answer as answering
from selectmodel.commands.rank import cache as sweepcache
from selectmodel.commands.rank import cache_file, judge_runs, rank
from selectmodel.commands.rank.engines import How
from selectmodel.commands.rank.ranking import Ranking
from selectmodel.files import fingerprints
from selectmodel.files.found_run import Found
from selectmodel.policy.policy import Policy


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the runs that were decided and not remembered."""
    yield noted(monkeypatch)


def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    outcome = judge_runs._outcome

    def also_told(item: Found, *given: Any) -> judge_runs.Outcome:
        told.append(item.name)
        return outcome(item, *given)

    monkeypatch.setattr(judge_runs, "_outcome", also_told)
    return told


def look(folder: Path, place: Path, policy: Policy | None = None) -> Ranking:
    with sweepcache.opened(place, given=True) as cache:
        return answering.answer([str(folder)], policy or Policy(), None, How(cache=cache))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return sweep_of(tmp_path / "runs")


def test_the_second_look_reads_nothing(runs: Path, tmp_path: Path, judged: list[str]) -> None:
    plain = sm.rank(runs)
    first = look(runs, tmp_path / "c")
    judged.clear()
    second = look(runs, tmp_path / "c")
    assert judged == []
    assert plain == first == second


def test_only_what_changed_is_read_again(runs: Path, tmp_path: Path, judged: list[str]) -> None:
    look(runs, tmp_path / "c")
    log(runs / "b" / "seed-1" / "training.csv", [1.0, 0.1, 0.95])
    log(runs / "e" / "seed-1" / "training.csv", [1.0, 0.2, 0.95])
    judged.clear()
    ranking = look(runs, tmp_path / "c")
    assert sorted(judged) == ["b/seed-1/training.csv", "e/seed-1/training.csv"]
    assert [run.name for run in ranking.runs[:2]] == ["b/seed-1/training.csv", "e/seed-1/training.csv"]
    assert ranking == sm.rank(runs)


def test_content_that_changed_behind_equal_times_is_noticed(runs: Path, tmp_path: Path) -> None:
    path = runs / "a" / "seed-1" / "training.csv"
    look(runs, tmp_path / "c")
    before = path.stat()
    path.write_text(path.read_text().replace("0.31", "0.99"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert look(runs, tmp_path / "c").runs[0].name == "a/seed-2/training.csv"


def test_the_tag_alone_tells_changed_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    seen = []
    stat = path.parent.stat()
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0o100644, *stat[1:6], 8, *stat[7:])))
    for content in ("12345678", "12345679"):
        path.write_text(content)
        seen.append(fingerprints.mark(str(path)))
    assert seen[0] != seen[1] and seen[0] is not None


@pytest.mark.parametrize("policy", [Policy(rule="last"), Policy(metric="loss:min"), Policy(min_epoch=2.0)])
def test_another_policy_is_another_question(policy: Policy, runs: Path, tmp_path: Path) -> None:
    look(runs, tmp_path / "c")
    expected = rank.rank([runs], policy)
    assert look(runs, tmp_path / "c", policy) == expected
    assert look(runs, tmp_path / "c") != expected


def test_settings_beside_a_log_count(runs: Path, tmp_path: Path) -> None:
    look(runs, tmp_path / "c")
    (runs / "a" / "seed-1" / "hparams.yaml").write_text("lr: 7.5\n")
    assert look(runs, tmp_path / "c").runs[0].hparams == {"lr": 7.5}


def test_a_checkpoint_saved_since_is_named(runs: Path, tmp_path: Path) -> None:
    assert look(runs, tmp_path / "c").best.checkpoint is None
    (runs / "a" / "seed-1" / "weights.1.keras").write_bytes(b"x")
    policy = Policy(checkpoint_offset=0)
    assert look(runs, tmp_path / "c", policy).best.checkpoint is not None


def test_interrupted_work_is_kept(
    runs: Path, tmp_path: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked, left = judge_runs._ranked, 3

    def stopped(*given: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return ranked(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(judge_runs, "_ranked", stopped)
    with pytest.raises(KeyboardInterrupt):
        look(runs, tmp_path / "c")
    monkeypatch.undo()
    told = noted(monkeypatch)
    assert look(runs, tmp_path / "c") == sm.rank(runs)
    assert len(set(told[:4])) == 4 and "a/seed-1/training.csv" not in told[:4]


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be looked at" * 100])
def test_a_damaged_cache_is_made_anew(content: bytes, runs: Path, tmp_path: Path) -> None:
    place = tmp_path / "c"
    look(runs, place)
    for part in tmp_path.glob("c*"):
        part.unlink()
    place.write_bytes(content)
    with sweepcache.opened(place, given=False) as cache:
        assert answering.answer([str(runs)], Policy(), None, How(cache=cache)) == sm.rank(runs)


def test_a_file_of_the_user_is_not_taken_for_a_cache(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "thesis.txt"
    place.write_bytes(b"my thesis " * 100)
    assert command(capsys, "rank", runs, "--cache", place).code == 2
    assert place.read_bytes() == b"my thesis " * 100


@pytest.mark.parametrize("value", ["", "[]", '["RankedRun", 1]', "\n{}", '{"runs": {"name": []}}', "[" * 5000, "\x00"])
def test_rows_that_mean_nothing_are_passed_over(value: str, runs: Path, tmp_path: Path) -> None:
    place = tmp_path / "c"
    look(runs, place)
    for table in ("answers", "trees", "runs"):
        with sqlite3.connect(place) as connection:
            ((kept,),) = connection.execute("SELECT value FROM answers")
            basis = kept.partition("\n")[0] + "\n" if table == "answers" else ""
            connection.execute(f"UPDATE {table} SET value = ?", (basis + value,))
        connection.close()
        assert look(runs, place) == sm.rank(runs)


def test_a_checkpoint_beside_the_only_log_is_named_once_it_is_saved(runs: Path, tmp_path: Path) -> None:
    log_file, policy = runs / "a" / "seed-1" / "training.csv", Policy(checkpoint_offset=0)
    weights = log_file.with_name("weights.1.keras")
    for content, named in ((None, None), (b"", None), (b"x", str(weights)), (None, None)):
        weights.unlink(missing_ok=True)
        if content is not None:
            weights.write_bytes(content)
        assert [look(log_file, tmp_path / "c", policy).best.checkpoint for _ in range(2)] == [named] * 2


def test_one_answer_is_kept_for_a_question(runs: Path, tmp_path: Path) -> None:
    for at in range(3):
        log(runs / "new" / f"{at}" / "training.csv", [1.0, 0.4, 0.95])
        look(runs, tmp_path / "c")
    with sqlite3.connect(tmp_path / "c") as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("answers", "trees")]
    connection.close()
    assert counts == [1, 1]


@pytest.mark.parametrize("more", [{"top": 1}, {"group_by": "{config}/seed-{seed}/training.csv"}])
def test_another_way_to_show_is_another_question(more: dict[str, Any], runs: Path, tmp_path: Path) -> None:
    look(runs, tmp_path / "c")
    (runs / "a" / "seed-1" / "weights.1.keras").write_bytes(b"x")
    for _ in range(2):
        assert sm.rank(runs, cache=tmp_path / "c", **more) == sm.rank(runs, **more)
    assert sm.rank(runs, cache=tmp_path / "c") == sm.rank(runs)


def test_an_answer_is_kept_as_it_was(runs: Path, tmp_path: Path) -> None:
    for at, settings in enumerate(('{"a": 1, "b": null}', '{"a": 1.0}', '{"a": true}', '{"a": "ü\\udc80"}', "{}")):
        log(runs / "odd" / f"\udc80{at}" / "training.csv", [1.0, -0.0 if at else 0.0, 0.95])
        (runs / "odd" / f"\udc80{at}" / "config.json").write_text(settings)
    log(runs / "other" / "training.csv", [0.1, 0.3, 0.2], header="epoch,accuracy,val_accuracy")
    (runs / "odd" / "training.csv").symlink_to("nowhere")
    answers = []
    for paths in ([runs], [runs / "a", runs / "odd", runs / "other"], [SAMPLES]):
        first, second = (sm.rank(*paths, cache=tmp_path / "c") for _ in range(2))
        assert second == first == sm.rank(*paths)
        assert repr(second).replace("mappingproxy", "") == repr(first).replace("mappingproxy", "")
        answers.append(first)
    for part in ("configs", "apart", "left_out", "notes", "findings"):
        assert any(getattr(answer, part) for answer in answers)


def test_what_has_not_changed_is_shown_without_numpy(runs: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from selectmodel.cli.main import run; "
        "assert run(sys.argv[1:]) == 0; sys.exit('numpy' in sys.modules)"
    )
    given = [sys.executable, "-c", program, "rank", str(runs), "--cache", str(tmp_path / "c")]
    done = [subprocess.run(given, capture_output=True, check=False) for _ in range(2)]
    assert [one.returncode for one in done] == [1, 0]
    assert done[0].stdout == done[1].stdout


def test_no_home_no_cache(runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    assert command(capsys, "rank", runs).code == 0


def test_many_at_once(runs: Path, tmp_path: Path) -> None:
    wanted, answers = sm.rank(runs), []
    threads = [threading.Thread(target=lambda: answers.append(look(runs, tmp_path / "c"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [wanted] * 6


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_a_cache_that_others_hold_is_left_alone(
    given: bool, new: bool, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, wanted = tmp_path / "c", sm.rank(runs)
    if not new:
        look(runs, place)
    monkeypatch.setattr(cache_file, "_BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("CREATE TABLE held (x)")
    inode = place.stat().st_ino
    with sweepcache.opened(place, given=given) as cache:
        assert cache is None
        assert answering.answer([str(runs)], Policy(), None, How(cache=cache)) == wanted
    holder.execute("ROLLBACK")
    holder.close()
    assert place.stat().st_ino == inode
    assert look(runs, place) == wanted


def test_a_refusal_at_once_is_asked_again(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare, refusals = cache_file._prepare, 3

    def refused(connection: sqlite3.Connection) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            failure = sqlite3.OperationalError("database is locked")
            failure.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise failure
        prepare(connection)

    monkeypatch.setattr(cache_file, "_prepare", refused)
    with sweepcache.opened(tmp_path / "c", given=True) as cache:
        assert cache is not None and refusals == -1


def test_the_command_uses_the_users_cache(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], judged: list[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = command(capsys, "rank", runs)
    assert (tmp_path / "cache" / "selectmodel" / "rank.sqlite3").exists()
    judged.clear()
    assert command(capsys, "rank", runs) == first
    assert judged == []
    command(capsys, "rank", runs, "--no-cache")
    assert judged


def test_no_home_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it does for a user whom the system does not know
    assert sweepcache.default_place() is None
