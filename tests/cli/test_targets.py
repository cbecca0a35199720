"""What is written takes no place of what the same command reads or writes; two files come both or neither."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli import command
from places import ROOT

from selectmodel.cli import output
from selectmodel.errors import OutputError

LOG = "epoch,loss,val_loss,val_accuracy\n0,1.0,1.1,0.4\n1,0.6,0.8,0.6\n2,0.4,0.7,0.7\n3,0.2,0.75,0.65\n"
PICK = "pick log.csv --checkpoints weights --checkpoint-glob *.json"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "other.csv").write_text(LOG.replace("0.7,0.7", "0.71,0.69"))
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "a.csv").write_text(LOG)
    (tmp_path / "policy.json").write_text('[[gate]]\nmetric = "val_loss"\nmax = 1\n')
    (tmp_path / "shipped.json").write_text("weights")
    (tmp_path / "weights").mkdir()
    for epoch in range(4):
        (tmp_path / "weights" / f"m_epoch={epoch}.json").write_text("weights")
    (tmp_path / "linked.json").symlink_to("shipped.json")
    return tmp_path


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("rank sweep -o sweep/a.csv", "is read"),
        ("rank sweep log.csv -o log.csv", "is read"),
        ("gate log.csv --policy policy.json -o policy.json", "is read"),
        ("gate log.csv --min val_loss=0 --production shipped.json -o shipped.json", "is read"),
        ("gate log.csv --min val_loss=0 --production linked.json -o shipped.json", "is read"),
        ("gate log.csv --max-worse val_loss=0 --baseline other.csv -o other.csv", "is read"),
        ("pick log.csv other.csv --across --policy policy.json -o policy.json", "is read"),
        ("next log.csv --checkpoints weights --policy policy.json -o policy.json", "is read"),
        ("prune log.csv --checkpoints weights --policy policy.json -o policy.json", "is read"),
        (f"{PICK} -o weights/m_epoch=2.json", "is read"),
        (f"{PICK} --record weights/m_epoch=2.json", "is read"),
        (f"{PICK} --copy-to release -o release/m_epoch=2.json", "is written twice"),
        (f"{PICK} --copy-to release --record release/m_epoch=2.json.decision.json", "is written twice"),
        ("pick log.csv -o a.json -o ./a.json", "is written twice"),
        ("pick log.csv -o a.json --record a.json", "is written twice"),
        ("compare log.csv other.csv --history h.jsonl -o h.jsonl", "is written twice"),
        ("rank sweep --cache c.json -o c.json", "is written twice"),
    ],
)
def test_a_target_that_is_read_or_written_besides(
    arguments: str, why: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(here)
    done = command(capsys, *arguments.split(), "--force")
    assert (done.code, done.out) == (2, "")
    assert why in done.err and done.err.count("\n") == 1
    assert held(here) == before


def test_files_of_their_own_are_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = "-o a.json -o a.html --record release/r.json --copy-to release"
    (here / "release").mkdir()
    assert command(capsys, *PICK.split(), *targets.split()).code == 0
    assert sorted(path.name for path in (here / "release").iterdir()) == [
        "m_epoch=2.json",
        "m_epoch=2.json.decision.json",
        "r.json",
    ]
    assert (here / "release" / "m_epoch=2.json").read_text() == "weights"


# --- init ---------------------------------------------------------------------------------------------------------

STARTERS = [".github/workflows/selectmodel.yml", "selectmodel.toml"]


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that nobody reads")
@pytest.mark.parametrize(("out", "code"), [("gone", 0), ("full", 4)])
def test_both_starter_files_are_written_whoever_reads_what_is_said(out: str, code: int, here: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    if out == "full":
        os.close(writing)
        writing = os.open("/dev/full", os.O_WRONLY)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run([sys.executable, "-m", "selectmodel", "init"], stdout=writing, env=environment, check=False)
    os.close(writing)
    assert done.returncode == code
    assert all((here / name).stat().st_size for name in STARTERS)


@pytest.mark.parametrize("failing", STARTERS)
def test_both_starter_files_or_neither(
    failing: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = output.write_text

    def write_text(file: Path, text: str) -> None:
        if file == Path(failing):
            raise OutputError(f"{file}: cannot be written")
        real(file, text)

    before = held(here)
    monkeypatch.setattr(output, "write_text", write_text)
    done = command(capsys, "init")
    assert (done.code, done.out) == (4, "")
    assert held(here) == before
