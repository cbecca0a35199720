"""A model that passed takes its baseline's place, and what stood there is never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli import Done, command

from selectmodel.commands.gate import promotion
from selectmodel.files import writing

HEADER = "epoch,loss,val_loss,val_accuracy\n"
LOGS = {
    "first": "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.40,0.9\n3,0.5,0.45,0.9\n",
    "better": "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.35,0.91\n3,0.5,0.45,0.9\n",
    "best": "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.30,0.92\n3,0.5,0.45,0.9\n",
    "worse": "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.50,0.8\n3,0.5,0.55,0.8\n",
}
ASKED = ["--metric", "val_loss", "--rule", "best", "--checkpoints", "off", "--max-worse", "val_loss=1%"]
BASELINE, HISTORY = Path("production.json"), Path("production.history.jsonl")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, rows in LOGS.items():
        Path(f"{name}.csv").write_text(HEADER + rows)


def gate(capsys: pytest.CaptureFixture[str], log: str, *more: str, baseline: str = "production.json") -> Done:
    return command(capsys, "gate", f"{log}.csv", *ASKED, "--baseline", baseline, "--promote", *more)


def shipped() -> str:
    return str(json.loads(BASELINE.read_text())["run"]["name"])


def test_each_baseline_that_was_is_kept_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(capsys, "first", "--first-run", "record").code == 0
    assert (shipped(), HISTORY.exists()) == ("first.csv", False)
    replaced = []
    for log in ("better", "best"):
        replaced.append(json.loads(BASELINE.read_text()))
        done = gate(capsys, log)
        assert (done.code, "one before is the last line of production.history.jsonl" in done.err) == (0, True)
        assert shipped() == f"{log}.csv"
    assert [json.loads(line) for line in HISTORY.read_text().splitlines()] == replaced
    Path("old.json").write_text(HISTORY.read_text().splitlines()[0])  # a line is a record as any other
    assert command(capsys, "gate", "better.csv", *ASKED, "--baseline", "old.json").code == 0


@pytest.mark.parametrize(("log", "code"), [("worse", 1), ("none", 3)])
def test_what_did_not_pass_replaces_nothing(log: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    gate(capsys, "first", "--first-run", "record")
    before = BASELINE.read_bytes()
    done = gate(capsys, log)
    assert (done.code, "stays as it is, for the gate did not pass" in done.err) == (code, True)
    assert (BASELINE.read_bytes(), HISTORY.exists()) == (before, False)


def test_the_same_job_once_more_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    gate(capsys, "first", "--first-run", "record")
    before = BASELINE.read_bytes()
    done = gate(capsys, "first", "--first-run", "record")
    assert (done.code, "is of this very log already" in done.err) == (0, True)
    assert (BASELINE.read_bytes(), HISTORY.exists()) == (before, False)


def test_a_first_run_must_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(capsys, "first").code == 3
    assert not BASELINE.exists()
    assert gate(capsys, "first", "--first-run", "pass").code == 0
    assert shipped() == "first.csv"


def test_a_log_or_a_link_is_no_baseline_to_replace(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("first.csv").read_bytes()
    done = gate(capsys, "better", baseline="first.csv")
    assert (done.code, "is no decision record" in done.err) == (2, True)
    assert Path("first.csv").read_bytes() == before
    gate(capsys, "first", "--first-run", "record")
    Path("link.json").symlink_to(BASELINE)
    done = gate(capsys, "better", baseline="link.json")
    assert (done.code, "is a link" in done.err, shipped()) == (2, True, "first.csv")
    done = command(capsys, "gate", "better.csv", "--min", "val_accuracy=0.5", "--promote")
    assert (done.code, "--promote: which baseline?" in done.err) == (2, True)


@pytest.mark.parametrize("text", ["mine\n", '{"command": "compare"}\n', "[]\n"])
def test_a_file_that_is_no_history_is_left_alone(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    gate(capsys, "first", "--first-run", "record")
    HISTORY.write_text(text)
    done = gate(capsys, "better")
    assert (done.code, "is no history of a baseline" in done.err) == (4, True)
    assert (HISTORY.read_text(), shipped()) == (text, "first.csv")


def test_the_history_is_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    gate(capsys, "first", "--first-run", "record")
    done = gate(capsys, "better", "-o", str(HISTORY), "--force")
    assert (done.code, "written twice" in done.err) == (2, True), done.err


def test_whoever_is_stopped_between_the_two_files_loses_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate(capsys, "first", "--first-run", "record")
    real = writing.replace

    def full(file: Path, content: bytes) -> None:
        if file == BASELINE:
            raise OSError(28, "No space left on device")
        real(file, content)

    with monkeypatch.context() as patch:
        patch.setattr(promotion.writing, "replace", full)
        done = gate(capsys, "better")
        assert (done.code, "cannot be replaced (No space left on device)" in done.err) == (4, True)
    assert shipped() == "first.csv"
    assert gate(capsys, "better").code == 0
    assert (shipped(), len(HISTORY.read_text().splitlines())) == ("better.csv", 1)


def test_a_baseline_replaced_meanwhile_is_not_replaced_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two jobs judge at one time: the later one was not compared with what the earlier one shipped."""
    gate(capsys, "first", "--first-run", "record")
    real = promotion.replace

    def late(*arguments: object) -> str:
        monkeypatch.setattr(promotion, "replace", real)
        assert gate(capsys, "best").code == 0
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(promotion, "replace", late)
    done = gate(capsys, "better")
    assert (done.code, "was replaced by another program meanwhile" in done.err) == (4, True)
    assert (shipped(), len(HISTORY.read_text().splitlines())) == ("best.csv", 1)
