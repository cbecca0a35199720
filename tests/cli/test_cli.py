"""The commands as a user meets them: exit codes, streams, formats, files written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answers import check_answer
from cli import command, logged

from selectmodel import registry

LOG = "epoch,accuracy,loss,val_accuracy,val_loss\n" + "".join(
    f"{e},{0.5 + e * 0.05:.3f},{1 / (e + 1):.4f},{0.5 + min(e, 6) * 0.05:.3f},{abs(e - 4) * 0.1 + 0.4 + 0.01 * e:.4f}\n"
    for e in range(10)
)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return logged(tmp_path, monkeypatch, LOG)


def strict_json(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    answer = json.loads(text, parse_constant=refuse)
    check_answer(answer)
    return answer


def test_pick_puts_the_answer_first(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", log)
    assert done.code == 0
    assert done.err == ""
    assert done.out.startswith("Ship epoch 6\n")
    assert "val_accuracy 0.800" in done.out
    assert "val_accuracy, the main validation score; higher is better" in " ".join(done.out.split())
    more = " ".join(command(capsys, "pick", log, "--verbose").out.split())
    assert "higher is better: 'accuracy' is better high" in more
    assert max(len(line) for line in done.out.splitlines() if not line.startswith("more: ")) <= 80
    assert not set(done.out) & set("│─┌\x1b")


def test_pick_as_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", log, "--format", "json", "--rule", "gap", "--set", "gap.weight=0.2")
    answer = strict_json(done.out)
    assert answer["recommended"]["rule"] == "gap"
    assert answer["run"]["candidates"] == 10
    assert answer["metric"]["name"] == "val_loss"
    assert {pick["rule"] for pick in answer["picks"]} == set(registry.names("rules"))


def test_a_rule_in_the_policy_file_and_its_settings(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("selectmodel.toml").write_text('rule = "threshold"\n[threshold]\nconditions = ["val_accuracy > 0.59"]\n')
    assert "Ship epoch 2" in command(capsys, "pick", log).out
    assert "Ship epoch 9" in command(capsys, "pick", log, "--rule", "last").out


def test_the_metric_flag_and_min_epoch(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Ship epoch 6" in command(capsys, "pick", log, "--metric", "val_accuracy").out
    assert "Ship epoch 6" in command(capsys, "pick", log, "--metric", "val_accuracy", "--rule", "best").out
    assert "Ship epoch 4" in command(capsys, "pick", log, "--metric", "val_loss").out
    assert "Ship epoch 4" in command(capsys, "pick", log, "--rule", "best").out
    assert "Ship epoch 8" in command(capsys, "pick", log, "--min-epoch", "8").out
    done = command(capsys, "pick", log, "--metric", "val_los")
    assert (done.code, done.out) == (2, "")
    assert "val_loss" in done.err
    assert command(capsys, "pick", log, "--min-epoch", "70").code == 2


def test_selecting_on_training_data_is_said_loudly(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", log, "--metric", "loss")
    assert done.code == 0
    assert "warn SM217" in done.out


def test_all_policy_problems_before_the_log_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", tmp_path / "absent.csv", "--set", "gap.wait=1", "--set", "nope=2")
    assert done.code == 2
    assert len(done.err.splitlines()) == 2
    assert "absent" not in done.err


def test_no_answer_of_the_rule_is_not_a_pass(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", log, "--rule", "threshold", "--set", "threshold.conditions=val_loss < 0.01")
    assert done.code == 3
    assert "threshold" in done.err


def test_inspect_shows_how_each_metric_was_understood(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "inspect", log)
    assert done.code == 0
    for words in ("val_accuracy", "keras csv", "pick judges by val_accuracy"):
        assert words in done.out
    answer = strict_json(command(capsys, "inspect", log, "--format", "json").out)
    assert [metric["name"] for metric in answer["metrics"]] == ["accuracy", "loss", "val_accuracy", "val_loss"]
    table = command(capsys, "inspect", log, "--format", "csv").out.splitlines()
    assert table[0] == "metric,split,epoch,step,value"
    assert "val_loss,val,4,4,0.44" in table


def test_inspect_shows_what_pick_would_ask(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("epoch,val_magic\n0,1\n1,2\n")
    done = command(capsys, "inspect", log)
    assert done.code == 0
    assert "pick would ask" in done.out
    assert "--metric val_magic:min" in done.out
    strict_json(command(capsys, "inspect", log, "--format", "json").out)
    asked = command(capsys, "pick", log)
    assert asked.code == 2
    assert "--metric val_magic:max" in asked.err
    assert "Ship epoch 1" in command(capsys, "pick", log, "--metric", "val_magic:max").out


@pytest.mark.parametrize("name", registry.names("rules"))
def test_explain_prints_the_page_and_the_settings(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "explain", name)
    assert done.code == 0
    for heading in ("Formula", "Use when", "Avoid when", "Cost", "Source", "Example"):
        assert f"\n{heading}\n" in done.out
    assert max(len(line) for line in done.out.splitlines() if not line.startswith("more: ")) <= 80
    strict_json(command(capsys, "explain", name, "--format", "json").out)


def test_explain_knows_readers_and_notes_and_says_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (*registry.names("readers"), "SM101", "sm101"):
        assert command(capsys, "explain", name).code == 0
    done = command(capsys, "explain", "pacience")
    assert done.code == 2
    assert "did you mean patience?" in done.err


def test_rules_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    out = command(capsys, "rules").out
    assert all(f"\n{name} " in out for name in registry.names("rules"))
    answer = strict_json(command(capsys, "rules", "--format", "json").out)
    assert [rule["name"] for rule in answer["rules"]] == list(registry.names("rules"))


def test_writes_files_by_their_suffix(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", log, "-o", "a.json", "-o", "a.txt", "-o", "a.html", "-o", "a.csv")
    assert done.code == 0
    assert strict_json(Path("a.json").read_text())["recommended"]["epoch"] == 6
    assert Path("a.txt").read_text().startswith("Ship epoch 6")
    assert "Ship" in Path("a.html").read_text()
    assert Path("a.csv").read_text().startswith("rule,epoch,step,checkpoint,reason,val_accuracy")
    assert sorted(path.name for path in Path().iterdir()) == [
        ".git", "a.csv", "a.html", "a.json", "a.txt", "training.csv",
    ]  # fmt: skip


def test_nothing_that_exists_is_overwritten(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept.json").write_text("mine")
    done = command(capsys, "pick", log, "-o", "kept.json")
    assert (done.code, Path("kept.json").read_text()) == (2, "mine")
    assert "--force" in done.err
    assert command(capsys, "pick", log, "-o", "kept.json", "--force").code == 0
    assert Path("kept.json").read_text() != "mine"
    assert command(capsys, "pick", log, "-o", log, "--force").code == 2
    assert log.read_text() == LOG
    Path("link.json").symlink_to("elsewhere.json")
    assert command(capsys, "pick", log, "-o", "link.json", "--force").code == 2
    assert command(capsys, "pick", log, "-o", "a.pdf").code == 2


def test_an_output_that_cannot_be_written_is_exit_4(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", log, "-o", "no/such/folder/a.json")
    assert done.code == 4
    assert "cannot be written" in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_exit_4(log: Path) -> None:
    program = [sys.executable, "-m", "selectmodel", "pick", str(log)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4
    assert b"Traceback" not in done.stderr


def test_usage_errors(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["pick"],
        ["pick", log, "--formt", "json"],
        ["pick", log, "--format", "jsn"],
        ["pick", log, "--val-size", "many"],
        ["pick", log, "--segment", "0"],
        ["pick", log, "--index", "column"],
        ["pick", log, "--decimal", ";"],
        ["pick", log, "--max-bytes", "0"],
        ["pick", log, "--rule", "bets"],
        ["pok"],
    ):
        done = command(capsys, *arguments)
        assert (done.code, done.out) == (2, ""), arguments
        assert done.err.startswith("error: ")
        assert len(done.err.splitlines()) == 1


def test_no_arguments_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys)
    assert done.code == 0
    assert "Commands:" in done.out
    assert command(capsys, "--version").out.startswith("selectmodel ")


def with_pick(monkeypatch: pytest.MonkeyPatch, rule: str, pick: Callable[..., Any]) -> None:
    """Lets a rule of ours pick in another way."""
    real, changed = registry.load, replace(registry.load("rules", rule), pick=pick)
    monkeypatch.setattr(registry, "load", lambda kind, name: changed if name == rule else real(kind, name))


def test_a_bug_is_exit_70(log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    with_pick(monkeypatch, "last", broken)
    done = command(capsys, "pick", log)
    assert done.code == 70
    assert "boom" in done.err
    assert "Traceback" not in done.err
    monkeypatch.setenv("SELECTMODEL_DEBUG", "1")
    assert "Traceback" in command(capsys, "pick", log).err


def test_ctrl_c_is_130(log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with_pick(monkeypatch, "last", interrupted)
    assert command(capsys, "pick", log).code == 130


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = f"{sys.executable} -m selectmodel"
    return subprocess.run(
        ["bash", "-c", line.replace("selectmodel", program, 1)],
        capture_output=True,
        cwd=folder,
        env={**os.environ, **environment},
        check=False,
    )


def test_standard_input(log: Path) -> None:
    done = shell("selectmodel pick - < training.csv", log.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"Ship epoch 6")


def test_a_closed_pipe_is_quiet(log: Path) -> None:
    done = shell("selectmodel inspect training.csv --format csv | head -1; exit ${PIPESTATUS[0]}", log.parent)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_that_cannot_show_arrows(log: Path) -> None:
    done = shell("selectmodel pick training.csv", log.parent, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert b"\\u25ba" in done.stdout


def test_the_same_bytes_whatever_the_environment(log: Path) -> None:
    outputs = {
        shell("selectmodel pick training.csv --format json", log.parent, **environment).stdout
        for environment in (
            {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "COLUMNS": "40"},
            {"PYTHONHASHSEED": "3", "NO_COLOR": "1", "TERM": "dumb", "HOME": "/nonexistent"},
        )
    }
    assert len(outputs) == 1


def test_a_killed_writer_leaves_the_old_file(log: Path) -> None:
    Path("old.json").write_text("old")
    code = (
        "import os, signal, selectmodel.cli.output as output\n"
        "from pathlib import Path\n"
        "os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL)\n"
        "output._write(Path('old.json'), 'new' * 1000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=log.parent, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Path("old.json").read_text() == "old"


def test_the_package_runs_as_a_module(log: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "selectmodel", "pick", str(log)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Ship epoch 6")
