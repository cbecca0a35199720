"""The README is executed: every console block, and the table of rules against the folder.

After a change of what is printed: ``python tests/test_readme.py --write``, then read the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from cli import command

from selectmodel.catalogue import rules_table
from selectmodel.cli.main import run

ROOT = Path(__file__).resolve().parents[1]
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


def test_the_table_of_rules_is_the_folder() -> None:
    assert rules_table() in README, "print it: python -c 'import selectmodel.catalogue as c; print(c.rules_table())'"


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
        return f"```console\n$ {line}\n{out.getvalue().rstrip()}\n```"

    text = re.sub(r"```console\n(.*?)\n```", printed, README, flags=re.DOTALL)
    text = re.sub(r"\| rule \| what it recommends \|\n(\|.*\n)+", lambda _: f"{rules_table()}\n", text)
    (ROOT / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()
