"""What a shell completes, asked as bash asks it, and what makes colour."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from cli import command
from places import ROOT

from selectmodel import registry
from selectmodel.cli import completing
from selectmodel.cli.main import _COMMANDS

LOG = "sample_logs/keras/clean.csv"


def completed(words: str, **more: str) -> list[str]:
    """The completions of the last word; a blank at the end begins a new one."""
    parts = words.split()
    place = len(parts) - (not words.endswith(" "))
    asked = {"_SELECTMODEL_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place), **more}
    done = subprocess.run(
        [warm.program()], env={**os.environ, **asked}, cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_commands_and_options() -> None:
    assert completed("selectmodel ") == list(_COMMANDS)
    assert completed("selectmodel ra") == ["rank"]
    assert {"--rule", "--run"} <= set(completed("selectmodel pick --ru"))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("selectmodel pick --rule aim_", ["aim_accuracy", "aim_both", "aim_loss"]),
        (f"selectmodel gate {LOG} --rule la", ["last"]),
        ("selectmodel pick --aim ", ["accuracy", "loss", "both"]),
        (f"selectmodel pick {LOG} --metric val", ["val_accuracy", "val_loss"]),
        ("selectmodel pick --metric val", []),
        ("selectmodel pick README.md --metric zz", []),
        ("selectmodel explain overf", ["overfitting"]),
    ],
)
def test_names(words: str, names: list[str]) -> None:
    assert completed(words) == names


def test_every_rule_and_format_is_offered() -> None:
    assert completing.rules("") == list(registry.names("rules"))
    assert completing.formats("") == list(registry.names("reports"))


@pytest.mark.parametrize("shell", completing.SHELLS)
def test_the_script_of_a_shell_calls_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "--completion", shell)
    assert done.code == 0 and completing.VARIABLE in done.out and "selectmodel" in done.out


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "--completion", "bsh")
    assert done.code == 2 and "bash" in done.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_loads_it_and_completes() -> None:
    line = (
        'selectmodel() { "$PYTHON" -m selectmodel "$@"; }; export -f selectmodel;'
        'eval "$(selectmodel --completion bash)"; '
        "complete -p selectmodel"
    )
    done = subprocess.run(["bash", "-c", line], env={**os.environ, "PYTHON": sys.executable}, cwd=ROOT,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0 and "-F _selectmodel_completion selectmodel" in done.stdout


@pytest.mark.parametrize("name", ["", *_COMMANDS])
def test_h_is_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    short, long = (command(capsys, *filter(None, [name]), flag) for flag in ("-h", "--help"))
    assert short == long and short.code == 0 and "Usage:" in short.out


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_what_makes_colour(
    environment: dict[str, str], coloured: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = command(capsys, "pick", ROOT / LOG)
    assert ("\x1b[" in done.out) is coloured and not any("\u2500" <= mark <= "\u257f" for mark in done.out)


@pytest.mark.parametrize("columns", ["0", "-5", "wide", "", "9" * 400, "\u0662"])
def test_a_width_that_is_none_is_not_obeyed(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, command(capsys, "pick", ROOT / LOG).out.splitlines())) <= 80


@pytest.mark.parametrize("wanted", ["complete_bash", "source_bash", "complete_zsh", "", "nonsense"])
def test_a_variable_left_in_the_environment_settles_no_verdict(
    wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(completing.VARIABLE, wanted)
    monkeypatch.setenv("COMP_WORDS", "selectmodel ")
    monkeypatch.setenv("COMP_CWORD", "1")
    done = command(capsys, "gate", tmp_path / "none.csv", "--min", "val_accuracy=0.9")
    assert done.code == 3 and "none.csv" in done.err


@pytest.mark.parametrize(
    "given", [{}, {"COMP_WORDS": "selectmodel "}, {"COMP_WORDS": "selectmodel", "COMP_CWORD": "x"}]
)
def test_a_shell_that_does_not_say_where_the_cursor_stands(
    given: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COMP_WORDS", "COMP_CWORD"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**given, completing.VARIABLE: "complete_bash"}.items():
        monkeypatch.setenv(name, value)
    assert command(capsys).code == 2
