"""Runs a command line in this process and keeps what it printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from selectmodel.cli.main import run


@dataclass(frozen=True)
class Done:
    """Exit code, standard output and standard error of one command."""

    code: int
    out: str
    err: str


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> Done:
    """``selectmodel ARGUMENTS``."""
    capsys.readouterr()
    code = run([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return Done(code, captured.out, captured.err)


def logged(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A log of this text in ``folder``, which becomes the current one, above which no policy is looked for."""
    (folder / ".git").mkdir()
    monkeypatch.chdir(folder)
    file = folder / "training.csv"
    file.write_text(text)
    return file
