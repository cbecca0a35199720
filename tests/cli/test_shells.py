"""Each shell, in a terminal of its own: what the tab key completes there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

pexpect = pytest.importorskip("pexpect")

pytestmark = pytest.mark.heavy
LOG = "epoch,train/box_loss,metrics/mAP50(B),val/box_loss,{}\n0,1.0,0.3,1.0,1\n1,0.9,0.4,0.9,2\n2,0.8,0.5,0.8,3\n"
#: Names that a shell would obey if it were handed them as they are.
HOSTILE = [
    "val$(touch${IFS}owned)_loss", r"val\$(touch${IFS}owned)_loss", "val`touch${IFS}owned`_loss",
    r"val\`touch${IFS}owned\`_loss", "val';touch${IFS}owned;'_loss", "val;touch${IFS}owned;_loss",
    "val))';touch${IFS}owned;'_loss",
]  # fmt: skip
READY = "READY> "
#: Control-U, which empties the line.
CLEAR = "\x15"
#: How each shell is started with nothing of the user's own, and loads the completion.
STARTS = {
    "bash": (["--norc", "-i"], f"PS1='{READY}'; eval \"$(selectmodel --completion bash)\""),
    "zsh": (
        ["-f", "-i"],
        f"PS1='{READY}'; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -d dump; "
        "eval \"$(selectmodel --completion zsh)\"",
    ),
    "fish": (
        ["--no-config", "-i"],
        f"function fish_prompt; printf '{READY}'; end; selectmodel --completion fish | source",
    ),
}  # fmt: skip


@pytest.fixture(params=STARTS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A shell that has loaded the completion, in an empty folder."""
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "selectmodel").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m selectmodel "$@"\n')
    (folder / "selectmodel").chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    own = {**os.environ, "PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "log.csv").write_text(LOG.format("loss"))
    flags, loads = STARTS[name]
    place = str(tmp_path / "work")
    opened = pexpect.spawn(name, flags, env=own, cwd=place, encoding="utf-8", dimensions=(50, 160), timeout=60)
    opened.name = name
    opened.sendline(loads + "; printf 'LOADED%s\\n' ''")
    opened.expect("LOADED\r?\n")
    opened.expect(READY)
    yield opened
    opened.close(force=True)


def completed(shell: Any, line: str, *wanted: str, listed: bool = False) -> None:
    """Types the line and the tab key, waits for what the shell adds, and clears the line again.

    ``listed`` where there is a choice, which bash shows when it is asked twice.
    """
    shell.send(line + "\t")
    if listed and shell.name == "bash":
        shell.send("\t")
    for text in wanted:
        shell.expect_exact(text)
    shell.send(CLEAR)


def test_commands_and_options(shell: Any) -> None:
    completed(shell, "selectmodel compa", "re")
    completed(shell, "selectmodel pick --val-s", "ize")


def test_names_of_rules(shell: Any) -> None:
    completed(shell, "selectmodel pick log.csv --rule aim_", "aim_accuracy", "aim_both", "aim_loss", listed=True)


def test_metrics_of_the_log_on_the_line(shell: Any) -> None:
    completed(shell, "selectmodel pick log.csv --metric val", "/box_loss")
    completed(shell, "selectmodel gate log.csv --min metrics/", r"mAP50\(B\)")


def test_files_where_nothing_else_is_meant(shell: Any) -> None:
    completed(shell, "selectmodel pick lo", "g.csv")


def test_no_name_of_a_log_is_obeyed(shell: Any) -> None:
    folder = Path(shell.cwd)
    for place, name in enumerate(HOSTILE):
        quoted = '"' + name.replace('"', '""') + '"'
        (folder / f"hostile{place}.csv").write_text(LOG.format(quoted))
        completed(shell, f"selectmodel pick hostile{place}.csv --metric val", "/box_loss")
    assert not list(folder.glob("owned*"))
