"""A history: whole lines from concurrent jobs, torn ones reported and kept, nothing twice."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from pathlib import Path

import pytest
import warm
from cli import command
from places import ROOT, SAMPLES

import selectmodel as sm
from selectmodel.commands.compare import history, sides
from selectmodel.errors import LogError, OutputError

LOGS = ROOT / "sample_logs/cycles"


def test_it_grows_and_is_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "history.jsonl"
    first = command(capsys, "compare", LOGS / "cycle1.csv", "--history", kept, "--format", "json")
    assert first.code == 0, first.err
    assert json.loads(first.out)["verdict"] is None
    second = command(capsys, "compare", LOGS / "cycle2.csv", "--history", kept)
    assert second.code == 0 and "cycle2.csv is better than cycle1.csv" in second.out
    before = kept.read_bytes()
    again = command(capsys, "compare", LOGS / "cycle2.csv", "--history", kept)
    assert kept.read_bytes() == before and "nothing new to add" in again.out
    alone = command(capsys, "compare", "--history", kept, "--format", "json")
    assert [side["name"] for side in json.loads(alone.out)["sides"]] == ["cycle1.csv", "cycle2.csv"]
    assert [json.loads(line)["decision"]["run"]["name"] for line in before.splitlines()] == ["cycle1.csv", "cycle2.csv"]


def test_the_same_log_under_another_policy_is_one_cycle(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "history.jsonl"
    for size in ("500", "600"):
        command(capsys, "compare", LOGS / "cycle1.csv", "--history", kept, "--val-size", size)
    assert len(kept.read_text().splitlines()) == 2
    (cycle,) = history.read(kept)[0]
    assert cycle.val_size == 600


def test_a_torn_last_line_is_reported_and_nothing_follows_on_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept = tmp_path / "history.jsonl"
    command(capsys, "compare", LOGS / "cycle1.csv", "--history", kept)
    whole = kept.read_bytes()
    torn = whole[: len(whole) // 2]
    kept.write_bytes(whole + torn)
    done = command(capsys, "compare", LOGS / "cycle2.csv", "--history", kept)
    assert done.code == 0 and "SM178" in done.out and "line 2 is cut" in done.out
    lines = kept.read_bytes().split(b"\n")
    assert lines[1] == torn and json.loads(lines[2])["decision"]["run"]["name"] == "cycle2.csv"
    kept.write_bytes(whole[:-1])  # only the newline was lost
    command(capsys, "compare", LOGS / "cycle2.csv", "--history", kept)
    cycles, notes = history.read(kept)
    assert len(cycles) == 2 and not notes


@pytest.mark.parametrize("line", ["[]", "3", '{"schema": 2}', '{"a": [[', "\x00", '{"schema":1,"command":"history"}'])
def test_foreign_lines_are_left_out(line: str, tmp_path: Path) -> None:
    kept = tmp_path / "h.jsonl"
    kept.write_text(line + "\n")
    cycles, (note,) = history.read(kept)
    assert not cycles and note.code == "SM178"


def test_concurrent_jobs_lose_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "history.jsonl"
    code = (
        "import sys; from pathlib import Path; from dataclasses import replace;"
        "import selectmodel as sm; from selectmodel.commands.compare import history, sides;"
        "one = sides.decide(sm.read(sys.argv[1]), sm.Policy());"
        "[history.append(Path(sys.argv[2]), [replace(one, log=(f'{sys.argv[3]}-{n}',),"
        " record={**one.record, 'log': {'a': f'{sys.argv[3]}-{n}'}})]) for n in range(20)]"
    )
    jobs = [
        subprocess.Popen([warm.python(), "-c", code, str(LOGS / "cycle1.csv"), str(kept), str(job)]) for job in range(4)
    ]
    assert [job.wait() for job in jobs] == [0] * 4
    cycles, notes = history.read(kept)
    assert len(cycles) == 80 and not notes
    assert {cycle.log[0] for cycle in cycles} == {f"{job}-{n}" for job in range(4) for n in range(20)}


def test_none_and_unwritable(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no such history"):
        history.read(tmp_path / "none.jsonl")
    with pytest.raises(LogError, match="is a folder"):
        history.read(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        history.append(tmp_path / "no folder" / "h.jsonl", [])


@pytest.mark.parametrize("held", ["", "\n", '{"command": "his', '{"command": "history", "course": {"acc'])
def test_a_history_may_begin_empty_or_torn(held: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "h.jsonl"
    kept.write_text(held)
    assert command(capsys, "compare", LOGS / "cycle1.csv", "--history", kept).code == 0
    assert len(history.read(kept)[0]) == 1


def test_another_file_is_never_added_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes((LOGS / "cycle1.csv").read_bytes())
    (tmp_path / "notes.txt").write_text("remember\n")
    (tmp_path / "data.jsonl").write_text('{"epoch": 1}\n')
    (tmp_path / "link.jsonl").symlink_to("notes.txt")
    (tmp_path / "dangling.jsonl").symlink_to("none.jsonl")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.exists()}
    for name in (*before, "dangling.jsonl"):
        done = command(capsys, "compare", log, LOGS / "cycle2.csv", "--history", tmp_path / name)
        assert (done.code, done.out) == (2, ""), name
        assert ("is a link" if (tmp_path / name).is_symlink() else "is no history") in done.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.exists()} == before


def test_what_a_full_disk_took_in_part_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "h.jsonl"
    kept.write_bytes(b"")
    real = os.write

    def full(descriptor: int, content: bytes) -> int:
        real(descriptor, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    decision = sides.decide(sm.read(LOGS / "cycle1.csv"), sm.Policy())
    with monkeypatch.context() as patched, pytest.raises(OutputError, match="No space left"):
        patched.setattr(os, "write", full)
        history.append(kept, [decision])
    assert kept.read_bytes() == b""
    assert history.append(kept, [decision]) == [decision]


def test_the_verdict_against_the_last_cycle_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """It is that of a comparison of the last two alone."""
    cycles = [SAMPLES / f"cycles/cycle{number}.csv" for number in (1, 2, 3)]
    alone = " ".join(command(capsys, "compare", *cycles[1:]).out.split())
    lines = " ".join(command(capsys, "compare", *cycles).out.split())
    last, _, first = lines.partition(" beware ")
    assert last.startswith("Cannot tell whether cycle3.csv is better than cycle2.csv values ") and alone.startswith(
        last
    )
    assert "first better than cycle1.csv: " in first
