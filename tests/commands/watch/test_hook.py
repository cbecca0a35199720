"""The command of --on-change: told what is recommended, never run twice at a time, its failure no end of the watch."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

import pytest

from selectmodel.commands.watch.hook import Hook
from selectmodel.commands.watch.watched import Watched
from selectmodel.commands.watch.watching import Watch
from selectmodel.errors import UsageError
from selectmodel.policy.policy import Policy

TELL = (
    "import os, pathlib, sys; file = pathlib.Path('told'); names = ('EPOCH', 'CHECKPOINT', 'METRIC', 'VALUE'); "
    "file.open('a').write(' '.join(os.environ['SELECTMODEL_' + name] or '-' for name in names) + chr(10))"
)


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("training.csv").write_text("epoch,loss,val_loss\n0,1.0,0.9\n1,0.5,0.7\n2,0.4,0.8\n")
    found = Watch(Path("training.csv"), Policy()).step()
    assert found is not None
    return found


def test_it_is_told_what_is_recommended(state: Watched) -> None:
    hook = Hook(python(TELL))
    hook.changed(state)
    assert hook.step(wait=True) == ""
    assert Path("told").read_text() == "1 - val_loss 0.7\n"


def test_no_shell_reads_it(state: Watched) -> None:
    hook = Hook(f"{python('import sys; open(sys.argv[1], chr(119))')} '$HOME;touch owned'")
    hook.changed(state)
    assert hook.step(wait=True) == ""
    assert Path("$HOME;touch owned").exists() and not Path("owned").exists()


def test_its_failure_is_told_with_its_last_line(state: Watched) -> None:
    hook = Hook(python("import sys; print('first'); sys.exit('no space left')"))
    hook.changed(state)
    assert hook.step(wait=True) == f"--on-change: {sys.executable} ended with exit code 1: no space left"
    assert hook.step() == ""
    missing = Hook("no-such-program --now")
    missing.changed(state)
    assert missing.step() == "--on-change: no-such-program cannot be run (No such file or directory)"
    assert missing.step(wait=True) == ""


def test_it_never_runs_twice_at_a_time_and_ends_with_the_last_change(state: Watched) -> None:
    wait = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"
    hook = Hook(python(wait + TELL))
    hook.changed(state)
    hook.step()
    running = hook._running
    for _ in range(3):
        hook.changed(state)
        hook.step()
        assert hook._running is running
    Path("go").touch()
    assert hook.step(wait=True) == ""
    assert len(Path("told").read_text().splitlines()) == 2


def test_it_goes_on_while_nothing_changes(state: Watched) -> None:
    hook = Hook(python(TELL))
    hook.changed(state)
    deadline = time.monotonic() + 300
    while hook._running is not None or not Path("told").exists():
        assert hook.step() == "" and time.monotonic() < deadline
        time.sleep(0.01)
    assert len(Path("told").read_text().splitlines()) == 1


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(UsageError, match="is empty"):
        Hook("  ")
