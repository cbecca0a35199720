"""A history tells when each decision was added and what it is called; older ones are read as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

import selectmodel as sm
from selectmodel.commands.compare import history

CYCLES = [SAMPLES / f"cycles/cycle{number}.csv" for number in (1, 2, 3)]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764441000")
    return tmp_path / "history.jsonl"


def added(kept: Path) -> list[tuple[str | None, str | None]]:
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    return [(line.get("created"), line.get("label")) for line in lines]


def test_the_table_has_dates_and_labels(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command(capsys, "compare", CYCLES[0], "--history", kept)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    command(capsys, "compare", CYCLES[1], "--history", kept, "--label", "new year")
    assert added(kept) == [("2025-11-29T18:30:00Z", "cycle1.csv"), ("2026-01-01T00:00:00Z", "new year")]
    out = command(capsys, "compare", "--history", kept).out
    assert out.startswith("new year is better than cycle1.csv\n")
    assert re.search(r"^cycle1\.csv +2025-11-29 +46 ", out, re.MULTILINE)
    assert re.search(r"^new year +2026-01-01 +47 ", out, re.MULTILINE)


def test_the_same_moment_gives_the_same_bytes(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.jsonl"
    for file in (kept, other):
        assert command(capsys, "compare", *CYCLES, "--history", file).code == 0
    assert kept.read_bytes() == other.read_bytes() and len(added(kept)) == 3


def test_an_older_history_is_read(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(capsys, "compare", CYCLES[0], "--history", kept)
    line = json.loads(kept.read_text())
    del line["created"], line["label"]
    before = json.dumps(line) + "\n"
    kept.write_text(before)
    out = command(capsys, "compare", *CYCLES[:2], "--history", kept).out
    assert re.search(r"^cycle1\.csv +– +46 ", out, re.MULTILINE) and "1 decision added" in " ".join(out.split())
    assert kept.read_text().startswith(before) and added(kept)[1] == ("2025-11-29T18:30:00Z", "cycle2.csv")


def test_a_log_keeps_its_date_and_takes_another_label(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command(capsys, "compare", CYCLES[0], "--history", kept, "--label", "first")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert "nothing new to add" in command(capsys, "compare", CYCLES[0], "--history", kept).out
    assert "nothing new to add" in command(capsys, "compare", CYCLES[0], "--history", kept, "--label", "first").out
    out = command(capsys, "compare", CYCLES[0], "--history", kept, "--label", "january").out
    assert re.search(r"^january +2025-11-29 ", out, re.MULTILINE)
    assert added(kept) == [("2025-11-29T18:30:00Z", "first"), ("2025-11-29T18:30:00Z", "january")]
    (only,) = history.read(kept)[0]
    assert only.label == "january"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--label", "a"], "names what is added to a --history, and none was given"),
        (["--history", "h.jsonl", "--label", "a"], "1 label for 2 sides"),
        (["--history", "h.jsonl", "--label", "a", "--label", "a"], "two sides cannot have one label"),
    ],
)
def test_labels_that_are_refused(
    flags: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command(capsys, "compare", *CYCLES[:2], *flags)
    assert done.code == 2 and told in done.err and not (tmp_path / "h.jsonl").exists()


def test_a_damaged_date_is_reported(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(capsys, "compare", CYCLES[0], "--history", kept)
    kept.write_text(kept.read_text().replace("2025-11-29T18:30:00Z", "yesterday"))
    cycles, (note,) = history.read(kept)
    assert not cycles and note.code == "SM178" and "created is 'yesterday'" in note.message


@pytest.mark.parametrize("given", ["", "soon", "9" * 30, "-1"])
def test_a_moment_that_is_none_is_not_taken(
    given: str, kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    assert command(capsys, "compare", CYCLES[0], "--history", kept).code == 0
    assert (added(kept)[0][0] or "") > "2026-01-01"


def test_the_decision_itself_holds_no_time(kept: Path) -> None:
    found = sm.compare(CYCLES[0], CYCLES[1], history=kept, label=["a", "b"])
    assert [side.name for side in found.sides] == ["a", "b"]
    runs = [side["runs"][0] for side in found.to_dict()["sides"]]
    assert [run["label"] for run in runs] == ["a", "b"]
    assert "2025" not in json.dumps([json.loads(line)["decision"] for line in kept.read_text().splitlines()])
