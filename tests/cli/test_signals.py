"""A signal at each moment: the exit code says which, nothing is said, and what is written is whole or as it was.

``tests/support/signals.py`` sends the signals, a process each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

DRIVER = ROOT / "tests/support/signals.py"
LOG = "epoch,loss,val_loss,val_accuracy\n0,1.0,1.1,0.4\n1,0.6,0.8,0.6\n2,0.4,0.7,0.7\n3,0.2,0.75,0.65\n"
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
FAILS = "gate log.csv --min val_accuracy=0.99"
#: Command → its exit code where no signal comes.
WRITING = {
    "pick log.csv -o r.html -o r.json -o r.md -o r.jsonl --record d.json --copy-to release --force": 0,
    "gate log.csv --min val_accuracy=0.99 -o r.xml -o r.csv --force": 1,
    "compare log.csv other.csv --history h.jsonl -o r.json --force": 0,
    "rank . --cache c.db -o r.html --force": 0,
    "init": 0,
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "other.csv").write_text(LOG.replace("0.7,0.7", "0.71,0.69"))
    (tmp_path / "checkpoints").mkdir()
    for epoch in range(4):
        (tmp_path / "checkpoints" / f"m_epoch={epoch}.ckpt").write_bytes(b"weights")
    (tmp_path / "r.json").write_text("old")
    return tmp_path


def met(name: str, kind: str, step: int, command: str, code: int, place: Path) -> None:
    # a history tells when it was added to: files of two runs are compared
    path = os.pathsep.join([str(ROOT), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "SOURCE_DATE_EPOCH": "1790000000"}
    done = subprocess.run(
        [sys.executable, str(DRIVER), name, kind, str(step), *command.split()],
        cwd=place, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *each, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(each) > (3 if command == "init" else 10) and last[1] == code, last
    for at, came, said, files in each:
        assert (came, said) == (CODES[name], ""), at
        begun = {path: digest for path, digest in files.items() if not path.startswith(("c.db", ".selectmodel"))}
        now = {
            path: digest for path, digest in begun.items() if last[3].get(path) != digest and digest
        }  # 0: begun, empty
        assert set(now) <= {"r.json"}, at  # as it was
        assert not now or now["r.json"] == each[0][3]["r.json"], at


@pytest.mark.parametrize("name", CODES)
def test_a_signal_at_instructions_where_a_verdict_is_told(name: str, place: Path) -> None:
    met(name, "instructions", 131, FAILS, 1, place)


@pytest.mark.heavy
@pytest.mark.parametrize("name", CODES)
def test_a_signal_at_more_instructions_where_a_verdict_is_told(name: str, place: Path) -> None:
    met(name, "instructions", 7, FAILS, 1, place)


def test_a_terminal_that_is_closed_while_files_are_written(place: Path) -> None:
    met("SIGHUP", "lines", 3001, next(iter(WRITING)), 0, place)


@pytest.mark.heavy
@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("command", WRITING)
def test_a_signal_at_lines_of_all_that_is_done(name: str, command: str, place: Path) -> None:
    # init is done within few lines
    met(name, "lines", 7 if command == "init" else 397, command, WRITING[command], place)


@pytest.mark.parametrize("name", CODES)
def test_what_the_caller_has_ignored_stays_ignored(name: str, place: Path) -> None:
    """As nohup asks for, and a shell for jobs in the background."""
    sends = (
        "import os, _signal, sys; from selectmodel.__main__ import main; from selectmodel.files import writing; "
        f"number = _signal.{name}; real = writing.replace; "
        "writing.replace = lambda *given: (os.kill(os.getpid(), number), real(*given)); main()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", sends, "pick", "log.csv", "-o", "new.json"],
        cwd=place, env=environment, capture_output=True, check=False,
        preexec_fn=lambda: signal.signal(getattr(signal, name), signal.SIG_IGN),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert (place / "new.json").read_bytes()
