"""A folder of several runs: a line for each with what tells them apart, and commands that can be pasted."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for number, name in enumerate(("clean", "spike", "short")):
        place = tmp_path / "my runs" / name / "training.csv"
        place.parent.mkdir(parents=True)
        shutil.copy(SAMPLES / f"keras/{name}.csv", place)
        os.utime(place, (DAY * (20_000 + number) + DAY / 2,) * 2)
    (tmp_path / "my runs" / "broken").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my runs"


def test_each_run_is_told_by_its_end_its_best_and_its_day(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", "my runs")
    assert done.code == 2 and done.out == ""
    lines = re.findall(
        r"^  --run (\w+) +last epoch (\d+) +best (\w+) ([\d.]+) +(\d{4}-\d\d-\d\d)$", done.err, re.MULTILINE
    )
    assert [line[0] for line in lines] == ["clean", "short", "spike"]
    for name, last, metric, best, _ in lines:
        rows = list(csv.DictReader((folder / name / "training.csv").read_text().splitlines()))
        assert rows[-1]["epoch"] == last
        assert max(float(row[metric]) for row in rows) == pytest.approx(float(best), abs=5e-4)
    assert len({line[4] for line in lines}) == 3


def test_the_commands_can_be_pasted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(capsys, "pick", "my runs").err
    for hint in re.findall(r"^  (?:one|all) of them: (.*)$", said, re.MULTILINE):
        program, *arguments = shlex.split(hint)
        assert (
            program == "selectmodel" and command(capsys, *arguments, *["--no-cache"] * ("rank" in arguments)).code == 0
        )


def test_every_flag_is_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(capsys, "pick", "my runs").err
    for flag in re.findall(r"^  (--run \S+)", said, re.MULTILINE):
        assert command(capsys, "pick", "my runs", *shlex.split(flag)).code == 0


def test_a_run_that_cannot_be_read_is_listed_all_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken" / "training.csv").write_text("epoch,val_loss,val_loss\n0,1,2\n1,0.5,0.7\n")
    assert re.search(r"--run broken .*cannot be read", command(capsys, "pick", "my runs").err)
