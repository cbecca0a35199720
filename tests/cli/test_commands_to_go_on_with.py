"""Hints are command lines that can be pasted as they stand, with what was asked and without where the answer went."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from cli import command
from places import SAMPLES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("clean", "overfitting"):
        place = tmp_path / "my runs" / name / "training.csv"
        place.parent.mkdir(parents=True)
        shutil.copy(SAMPLES / f"keras/{name}.csv", place)
    shutil.copy(SAMPLES / "keras/overfitting.csv", tmp_path / "my log.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pasted(capsys: pytest.CaptureFixture[str], said: str, pattern: str) -> list[str]:
    """The words of a hint, which is run and must be answered."""
    found = re.search(pattern, said, re.MULTILINE)
    assert found is not None, said
    program, *words = shlex.split(found[1])
    done = command(capsys, *words, *["--no-cache"] * (words[0] == "rank"))
    assert program == "selectmodel" and done.code in (0, 1), done.err
    return words


@pytest.mark.parametrize(
    "words",
    [["pick"], ["gate", "--max", "val_loss=5", "--min=val_accuracy=0.1"], ["inspect", "-v"], ["advise", "--aim=loss"]],
)
def test_of_several_runs_it_is_the_command_that_was_called(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    done = command(capsys, words[0], "my runs", *words[1:])
    assert done.code == 2
    one = pasted(capsys, done.err, r"^  one of them: (.*)$")
    assert one == [words[0], "my runs", *words[1:], "--run", "clean"]
    every = pasted(capsys, done.err, r"^  all of them: (.*)$")
    assert every[:2] == ["rank", "my runs"] and ("--aim=loss" in every) == ("--aim=loss" in words)


def test_the_log_may_stand_behind_all_options(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", "--val-size", 500, "--", "my runs")
    words = pasted(capsys, done.err, r"^  one of them: (.*)$")
    assert words == ["pick", "--val-size", "500", "--run", "clean", "--", "my runs"]


def test_more_asks_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["my runs", "--run", "overfitting", "--set", "patience.patience=5", "--val-size=600"]
    done = command(capsys, "pick", *asked, "-v", "--no-plot", "-o", "report.md")
    assert pasted(capsys, done.out, r"^more: (.*)$") == ["advise", *asked]
    done = command(capsys, "pick", "my log.csv", "--between", "10,20", "--format", "text")
    assert "more: " not in done.out
    done = command(capsys, "pick", "my log.csv", "-oreport.json", "--format=text")
    assert pasted(capsys, done.out, r"^more: (.*)$") == ["advise", "my log.csv"]


def test_rank_names_the_best_run(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "rank", "my runs", "--metric", "val_loss", "--no-cache", "--top", 1)
    words = pasted(capsys, done.out, r"^more: (.*)$")
    assert words == ["pick", "my runs/clean/training.csv", "--metric", "val_loss"]
    shipped = re.match(r"Ship epoch \d+", done.out)
    assert shipped is not None and command(capsys, *words).out.startswith(shipped[0])
