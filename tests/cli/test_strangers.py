"""What somebody who does not know the commands types, and what they are told."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from answers import check_answer
from cli import command, logged

from selectmodel import registry

LOG = "epoch,loss,val_loss\n" + "".join(f"{e},{1 / (e + 1):.3f},{1.1 / (e + 1):.3f}\n" for e in range(9))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return logged(tmp_path, monkeypatch, LOG)


def test_the_list_of_commands_is_not_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = command(capsys, "--help")
    assert done.code == 0
    assert "..." not in done.out.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pick"], "selectmodel pick --help"),
        (["pick", "a.csv", "b.csv"], "selectmodel pick --help"),
        (["pick", "a.csv", "--bogus"], "selectmodel pick --help"),
        (["pik", "a.csv"], "Did you mean 'pick'?"),
        (["pick", ""], "an argument is empty"),
        (["compare", "training.csv", ""], "an argument is empty"),
        (["pick", "training.csv", "--print", "epoch", "--format", "json"], "--print epoch"),
    ],
)
def test_a_command_line_that_cannot_be_meant(
    arguments: list[str], said: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = command(capsys, *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_compare_names_the_runs_of_a_folder_as_it_takes_them(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (log.parent / "two runs").mkdir(exist_ok=True)
        (log.parent / "two runs" / f"{name}.csv").write_text(LOG)
    done = command(capsys, "compare", "training.csv", "two runs")
    assert done.code == 2
    assert "--group NAME='two runs'" in done.err
    assert "--run a.csv" in done.err
    assert command(capsys, "compare", "training.csv", "two runs", "--run", "a.csv").code == 0


@pytest.mark.parametrize("asked", [["rules"], ["checks"], ["explain", "gap"], ["explain", "SM105"]])
def test_catalogues_take_every_format_that_answers_take(
    asked: list[str], log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("text", "json", "md", "html", "csv", "jsonl"):
        done = command(capsys, *asked, "--format", name)
        assert (done.code, done.err) == (0, ""), name
    rows = list(csv.reader(io.StringIO(command(capsys, *asked, "--format", "csv").out)))
    assert len({len(row) for row in rows}) == 1
    if asked == ["rules"]:
        assert {row[0] for row in rows[1:]} == set(registry.names("rules"))
    command(capsys, *asked, "-o", "page.json")
    check_answer(json.loads(Path("page.json").read_text()))
    assert command(capsys, *asked, "-o", "page.json").code == 2
    assert command(capsys, *asked, "-o", "page.json", "--force").code == 0


def test_numbers_as_large_as_they_come_warn_of_nothing(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("epoch,loss,val_loss\n" + "".join(f"{i},1e308,{'-' * (i % 2)}1e308\n" for i in range(8)))
    for arguments in (["pick"], ["advise"], ["gate", "--max", "val_loss=1"], ["inspect"]):
        done = command(capsys, arguments[0], log, *arguments[1:])
        assert done.code == 0, done.err
        assert not re.search("Warning|bug", done.err)


@pytest.mark.parametrize(
    ("part", "value"),
    [("val_size", {"value": 0, "why": "given"}), ("val_size", {"value": 10**40}), ("epoch", "five")],
)
def test_a_history_that_somebody_edited_is_no_bug(
    part: str, value: object, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        Path(name).write_text(LOG.replace("0.", f"0.{ord(name[0])}"))
    assert command(capsys, "compare", "a.csv", "b.csv", "c.csv", "--history", "history.jsonl").code == 0
    first, *others = Path("history.jsonl").read_text().splitlines()
    line = json.loads(first)
    line["decision"][part] = value
    Path("history.jsonl").write_text("\n".join([json.dumps(line), *others, ""]))
    done = command(capsys, "compare", "--history", "history.jsonl")
    assert done.code == 0, done.err
    assert "SM178" in done.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [["init", "--check", "--policy", "ok.toml"], ["init"], ["pick", "training.csv", "--print", "epoch"], ["rules"]],
)
def test_an_answer_that_cannot_be_printed_is_exit_4(arguments: list[str], log: Path) -> None:
    Path("ok.toml").write_text('rule = "best"\n')
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([warm.program(), *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4, done.stderr
    assert b"standard output" in done.stderr


def test_a_workflow_fitted_to_standard_input_reads_a_file(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert command(capsys, "init", "-").code == 0
    assert "training.log" in Path(".github/workflows/selectmodel.yml").read_text()
