"""The lines below the answer, read back: each label once, each sentence so, set in alike at every width."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from cli import command
from places import ROOT, SAMPLES

LABELS = (
    "file", "expect", "values", "left out", "why", "judged by", "unclear", "how sure", "chance", "or", "not saved",
    "caution",
)  # fmt: skip
LOGS = ["overfitting", "saturated", "spike", "nan", "two_epochs", "clean", "short", "plateau"]


def parts(out: str) -> dict[str, str]:
    """Label → its sentence, of a screen that is wide enough for labels of their own column."""
    found: dict[str, str] = {}
    for line in out.split("\n\n", maxsplit=1)[0].splitlines()[1:]:
        label = line[:11].strip()
        assert label == "" or (label in LABELS and label not in found), line
        label = label or list(found)[-1]
        found[label] = f"{found.get(label, '')} {line[11:].strip()}".strip()
    return found


@pytest.mark.parametrize("log", LOGS)
def test_every_line_has_a_label_and_says_what_is_so(
    log: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    file = SAMPLES / f"keras/{log}.csv"
    out = command(capsys, "pick", file).out
    said = parts(out)
    assert {"values", "why", "judged by"} <= set(said) and ("unclear" in said) + ("how sure" in said) <= 1
    shipped = re.match(r"Ship epoch (\d+)\n", out)
    rows = {row["epoch"]: row for row in csv.DictReader(file.read_text().splitlines())}
    assert shipped is not None
    for name, value in re.findall(r"(\w+) ([\d.e+-]+)(?: \(train\))?(?: ·|$)", said["values"]):
        assert float(rows[shipped[1]][name]) == pytest.approx(float(value), rel=5e-3)
    better = re.search(r"the highest logged is ([\d.]+), at epoch (\d+)$", said["why"])
    scores = {epoch: float(row["val_accuracy"]) for epoch, row in rows.items() if row.get("val_loss") != "nan"}
    if "val_accuracy" in said["judged by"]:
        assert (better is None) == (scores[shipped[1]] == max(scores.values()))
    if better:
        assert float(better[1]) == pytest.approx(max(scores.values()), abs=5e-4)
        assert scores[better[2]] == max(scores.values())
    if "expect" in said:
        read = re.search(r"about ([\d.]+) on data like .* \((\d+) %: ([\d.]+)–([\d.]+)\)", said["expect"])
        assert read is not None
        value, level, low, high = map(float, read.groups())
        assert low <= value <= high and level == 90 and value <= scores[shipped[1]]
    for word in ("points", "by default", "a guess", "new data", "never stopped"):
        assert not re.search(rf"\b{word}\b", out.partition("\n\n")[0])


@pytest.mark.parametrize(("offset", "words"), [([], "names count from 1, the log from 0"), (["0"], None)])
def test_why_a_file_has_another_number(
    offset: list[str], words: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    log, folder = "sample_logs/keras/overfitting.csv", "sample_logs/keras/overfitting_checkpoints"
    flags = [f"--checkpoint-offset={number}" for number in offset]
    out = command(capsys, "pick", log, "--checkpoints", folder, *flags).out
    assert parts(out).get("file") == words
    assert re.match(r"Ship epoch (\d+) → .*weights\.(\d+)-", out)


def test_a_file_without_a_number_is_not_told_to_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = [0.5, 0.7, 0.6, 0.55]
    rows = [f"{epoch},0.5,{score}\n" for epoch, score in enumerate(scores, 1)]
    (tmp_path / "results.csv").write_text("epoch,val/box_loss,metrics/mAP50-95(B)\n" + "".join(rows))
    (tmp_path / "weights").mkdir()
    for name in ("best.pt", "epoch0.pt", "epoch3.pt"):
        (tmp_path / "weights" / name).write_bytes(b"w")
    out = command(capsys, "pick", tmp_path).out
    assert "best.pt" in out.splitlines()[0] and "file" not in parts(out)
    (tmp_path / "weights" / "best.pt").rename(tmp_path / "weights" / "epoch1.pt")
    out = command(capsys, "pick", tmp_path).out
    assert "epoch1.pt" in out.splitlines()[0] and parts(out)["file"] == "names count 1 less than the log"


@pytest.mark.parametrize("columns", [40, 52, 59, 60, 72, 80, 120, 200])
def test_lines_fit_and_are_set_in(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = command(capsys, "pick", SAMPLES / "keras/overfitting.csv").out.split("\n\n")[0].splitlines()
    inset = 11 if columns >= 60 else 2
    assert max(map(len, lines)) <= columns
    for before, line in pairwise(lines):
        assert line.startswith(LABELS) or (line[:inset].isspace() and line[inset] != " "), line
        assert not before.endswith((" epoch", " step")) and not line.strip().startswith(("%", "·", "(train)"))


@pytest.mark.parametrize("name", ["a log.csv", "log.csv", "it's.csv"])
def test_the_hint_can_be_pasted(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(SAMPLES / "keras/overfitting.csv", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    (hint,) = re.findall(r"^more: (.*)$", command(capsys, "pick", name).out, flags=re.MULTILINE)
    program, *arguments = shlex.split(hint)
    assert program == "selectmodel" and command(capsys, *arguments).code == 0
