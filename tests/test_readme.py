"""The README is executed: every console block, and the table of rules against the folder.

After a change of what is printed: ``python -m tests.regenerate``, then read the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from cli import command
from places import ROOT

import selectmodel as sm
from selectmodel.cli.main import run
from selectmodel.commands.explain.catalogue import measured, rules_table

README = (ROOT / "README.md").read_text(encoding="utf-8") if (ROOT / "README.md").exists() else ""


def console_blocks() -> list[tuple[str, str]]:
    """(command, what README says it prints) of every ``$ selectmodel …`` in a console block."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            found.append((line, output.rstrip("\n")))
    return found


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample logs in a folder of their own, which is the current one."""
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def test_there_are_console_blocks() -> None:
    assert len(console_blocks()) >= 5


@pytest.mark.parametrize(("line", "expected"), console_blocks())
def test_console_block(line: str, expected: str, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(line)
    assert arguments[0] == "selectmodel"
    done = command(capsys, *arguments[1:])
    printed = (done.out + done.err).rstrip("\n")
    if expected.endswith("\n…"):
        expected = expected.removesuffix("\n…")
        printed = printed[: len(expected)]
    assert printed == expected


def test_python_blocks_run(copy: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def answered(row: re.Match[str]) -> str:
    """A row of "Questions it answers" with what pick finds today."""
    question, log, code = (row[part] for part in ("question", "log", "code"))
    found = sm.recommend(sm.read(ROOT / "sample_logs/keras" / log)).findings
    told = [finding.message for finding in found if finding.code == code]
    assert told, f"{log}: {code} is not found"
    return f"| {question} | `{log}` | {code}: {told[0]} |"


QUESTION = re.compile(r"^\| (?P<question>[^|]+\?) \| `(?P<log>[\w.]+)` \| (?P<code>SM2\d\d)[^|]* \|$", re.MULTILINE)


def test_the_questions_are_answered() -> None:
    rows = list(QUESTION.finditer(README))
    assert len(rows) >= 10
    for row in rows:
        assert row[0] == answered(row)


def test_the_figures_of_overfitting() -> None:
    figures = measured()["overfitting"]
    told = f"fired in {100 * figures['fires']:.0f} %, right in {100 * figures['right']:.0f} % of those"
    assert told in " ".join(README.split())


def test_two_runs_that_differ_by_their_flooding() -> None:
    runs = [sm.read(ROOT / "sample_logs/keras" / log) for log in ("saturated.csv", "flooded.csv")]
    (told,) = (one.message for subject, one in sm.advise(runs).advice if subject == "flooding")
    assert told in " ".join(README.replace("\n> ", "\n").split())


def test_the_table_of_rules_is_the_folder() -> None:
    assert rules_table() in README, "python -m tests.regenerate"


def test_set_up_is_two_commands() -> None:
    (setup,) = re.findall(r"<!-- setup -->\n```sh\n(.*?)```\n<!-- /setup -->", README, flags=re.DOTALL)
    assert len(setup.strip().splitlines()) == 2


def write() -> None:
    """Puts what is printed today into the README's blocks."""
    os.chdir(ROOT)
    os.environ["COLUMNS"] = "80"

    def printed(match: re.Match[str]) -> str:
        line = match[1].partition("\n")[0].removeprefix("$ ")
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            run(shlex.split(line)[1:])
        shown = out.getvalue().rstrip()
        if match[1].endswith("\n…"):  # the beginning of a long answer
            shown = "\n".join([*shown.split("\n")[: match[1].count("\n") - 1], "…"])
        return f"```console\n$ {line}\n{shown}\n```"

    text = re.sub(r"```console\n(.*?)\n```", printed, README, flags=re.DOTALL)
    text = QUESTION.sub(answered, text)
    text = re.sub(r"\| rule \| what it recommends \|\n(\|.*\n)+", lambda _: f"{rules_table()}\n", text)
    (ROOT / "README.md").write_text(text, encoding="utf-8")
