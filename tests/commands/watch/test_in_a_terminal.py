"""watch as its user has it: a second process writes the log, and the screen is recorded in a pseudo-terminal."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal"),
]
#: Writes a row each time that a line comes on its standard input, half of it first.
TRAINER = """
import sys
with open(sys.argv[1], "w") as log:
    log.write("epoch,loss,val_loss\\n"); log.flush()
    for epoch, line in enumerate(sys.stdin):
        row = f"{epoch},1.0,{line.strip()}\\n"
        log.write(row[:5]); log.flush(); log.write(row[5:]); log.flush()
        print(epoch, flush=True)
"""
LEAVES, HIDES, SHOWS = b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h"


class Trainer:
    def __init__(self, log: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINER, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def row(self, loss: float) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{loss}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def end(self) -> None:
        self.process.communicate()


class Terminal:
    """``selectmodel watch ARGUMENTS`` in a terminal of so many columns and lines; ``seen`` is all that it was sent."""

    def __init__(self, folder: Path, *arguments: str, size: tuple[int, int] = (100, 40)) -> None:
        import fcntl
        import pty
        import termios

        self.master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        known = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "selectmodel", "watch", *arguments],
            stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder, start_new_session=True,
            env=known | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        os.close(terminal)
        self.seen = b""

    def until(self, there: Callable[[bytes], bool]) -> None:
        deadline = time.monotonic() + 60
        while not there(self.seen):
            assert time.monotonic() < deadline, self.seen[-2000:]
            self._take(0.1)

    def _take(self, wait: float) -> bool:
        if not select.select([self.master], [], [], wait)[0]:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # Linux: all that had it open is gone
            return False
        self.seen += piece
        return bool(piece)

    def ended(self) -> int:
        deadline = time.monotonic() + 60
        while self._take(0.1) and time.monotonic() < deadline:
            if self.process.poll() is not None and not select.select([self.master], [], [], 0)[0]:
                break
        os.close(self.master)
        return self.process.wait(timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_the_screen_follows_and_ctrl_c_leaves_the_terminal_clean(folder: Path) -> None:
    screen = Terminal(folder, "training.csv", "--every", "0.1")
    screen.until(lambda seen: b"No recommendation yet" in seen)
    trainer = Trainer(folder / "training.csv")
    trainer.row(0.9)
    screen.until(lambda seen: b"epoch 0" in seen)
    for loss in (0.7, 0.6, 0.65):
        trainer.row(loss)
    screen.until(lambda seen: b"last epoch 3" in seen and "⠒⠒".encode() in seen)
    screen.process.send_signal(signal.SIGINT)
    assert screen.ended() == 130
    trainer.end()
    assert screen.seen.rfind(SHOWS) > screen.seen.rfind(HIDES)
    left = screen.seen[screen.seen.rfind(LEAVES) :].decode()
    assert "epoch 2" in left and "so far" in left and "Traceback" not in screen.seen.decode()


def test_it_ends_when_a_condition_is_met_and_the_answer_stays(folder: Path) -> None:
    screen = Terminal(folder, "training.csv", "--every", "0.1", "--until", "no better for 2 epochs", size=(60, 36))
    trainer = Trainer(folder / "training.csv")
    for loss in (0.9, 0.7, 0.8, 0.85):
        trainer.row(loss)
    assert screen.ended() == 0
    trainer.end()
    left = screen.seen[screen.seen.rfind(LEAVES) :].decode()
    assert "val_loss is no better since epoch 1" in left.replace("\r\n", " ").replace("           ", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_in_a_pipe_a_line_is_one_change(folder: Path, number: signal.Signals, code: int) -> None:
    trainer = Trainer(folder / "training.csv")
    trainer.row(0.9)
    with subprocess.Popen(
        [sys.executable, "-m", "selectmodel", "watch", "training.csv", "--every", "0.1", "--format", "jsonl"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as watch:  # fmt: skip
        assert watch.stdout is not None and watch.stderr is not None
        assert json.loads(watch.stdout.readline())["last_epoch"] == 0
        for epoch, loss in enumerate((0.7, 0.8), 1):
            trainer.row(loss)
            told = json.loads(watch.stdout.readline())
            assert told["last_epoch"] == epoch and told["recommended"]["epoch"] == 1
        watch.send_signal(number)
        assert watch.stdout.read() == "" and watch.stderr.read() == ""
        assert watch.wait(timeout=60) == code
    trainer.end()


def test_whoever_reads_may_go_away(folder: Path) -> None:
    trainer = Trainer(folder / "training.csv")
    trainer.row(0.9)
    with subprocess.Popen(
        [sys.executable, "-m", "selectmodel", "watch", "training.csv", "--every", "0.1"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as watch:  # fmt: skip
        assert watch.stdout is not None and watch.stderr is not None
        assert watch.stdout.readline().startswith("epoch 0: val_loss 0.900; ship epoch 0")
        watch.stdout.close()
        trainer.row(0.8)
        assert watch.wait(timeout=60) == 0 and watch.stderr.read() == ""
    trainer.end()


def test_a_command_is_run_at_each_other_recommendation(folder: Path) -> None:
    tell = "import os; open('told', 'a').write(os.environ['SELECTMODEL_EPOCH'] + ' ')"
    trainer = Trainer(folder / "training.csv")
    trainer.row(0.9)
    with subprocess.Popen(
        [
            sys.executable, "-m", "selectmodel", "watch", "training.csv", "--every", "0.1", "--until", "val_loss<0.5",
            "--on-change", f'{sys.executable} -c "{tell}"',
        ],
        cwd=folder, stdout=subprocess.PIPE, text=True,
    ) as watch:  # fmt: skip
        assert watch.stdout is not None
        watch.stdout.readline()
        for loss in (0.95, 0.4):
            trainer.row(loss)
            watch.stdout.readline()
        assert watch.wait(timeout=60) == 0
    trainer.end()
    assert (folder / "told").read_text().split() == ["0", "2"]
