"""A table of surroundings and the exit codes that come of them: streams, signals, disks, users, settings of Python."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import warm
from places import ROOT

from selectmodel.cli.main import run

LOG = "epoch,loss,val_loss,val_accuracy\n0,1.0,1.1,0.4\n1,0.6,0.8,0.6\n2,0.4,0.7,0.7\n3,0.2,0.75,0.65\n"
FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(os.name != "posix" or not FULL.exists(), reason="needs POSIX and /dev/full")

#: Command → its exit code, and whether it prints anything to standard output.
COMMANDS = {
    "pick log.csv": (0, True),
    "pick log.csv --format json": (0, True),
    "pick none.csv": (3, False),
    "pick log.csv --rule bets": (2, False),
    "gate log.csv --min val_accuracy=0.5": (0, True),
    "gate log.csv --min val_accuracy=0.99": (1, True),
    "gate log.csv --min val_accuracy=0.99 --format json": (1, True),
    "gate log.csv --min val_accuracy=0.99 --verbose --format csv": (1, True),
    "gate none.csv --min val_accuracy=0.99": (3, True),
    "gate none.csv --min val_accuracy=0.99 --format json": (3, True),
    "gate log.csv --min val_acuracy=0.99": (2, True),
    "compare log.csv none.csv": (3, False),
    "compare log.csv other.csv": (0, True),
    "inspect log.csv": (0, True),
    "pick log.csv --format jsonl": (0, True),
    "pick log.csv --format html": (0, True),
    "gate log.csv --min val_accuracy=0.99 --format md": (1, True),
    "gate none.csv --min val_accuracy=0.99 --format github": (3, True),
    "pick log.csv -o page.html -o lines.jsonl": (0, True),
    "--completion bash": (0, True),
    "rules": (0, True),
    "explain best": (0, True),
    "--help": (0, True),
    "--version": (0, True),
}
#: Where a stream leads: a file; a pipe that nobody reads; a full disk; nowhere, closed by the caller.
STREAMS = ("file", "gone", "full", "closed")
FEW = [(command, "gone", "the same") for command in COMMANDS if command.startswith("gate")] + [
    ("gate log.csv --min val_accuracy=0.99 --format json", "gone", "full"),
    ("gate none.csv --min val_accuracy=0.99", "file", "gone"),
    ("pick none.csv", "file", "full"),
    ("pick log.csv", "full", "closed"),
    ("pick log.csv", "gone", "closed"),
    ("--help", "gone", "file"),
]
ALL = [(command, *pair) for command in COMMANDS for pair in product(STREAMS, (*STREAMS, "the same"))]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, in which nobody but its owner may write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / ".git").mkdir()
    (folder / "log.csv").write_text(LOG)
    (folder / "other.csv").write_text(LOG.replace("0.7,0.7", "0.71,0.69"))
    (folder / "checkpoints").mkdir()
    for epoch in range(4):
        (folder / "checkpoints" / f"m_epoch={epoch}.ckpt").write_bytes(b"weights")
    yield folder
    shutil.rmtree(folder)


def program(arguments: str, place: Path, *start: str, **given: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **given.pop("env", {})}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": place, **given}
    start = start or (sys.executable, "-m", "selectmodel")
    return subprocess.run([*start, *arguments.split()], env=environment, check=False, **given)


def expected(command: str, out: str) -> int:
    """What the answer is; that it could not be written where it had to be; never that all is well where it is not."""
    code, prints = COMMANDS[command]
    if not prints or out in ("file", "gone"):
        return code
    if command in ("--help", "--version"):  # the parser's own pages are no answer
        return 4 if out == "full" else 0
    return 4


def streamed(command: str, out: str, err: str, place: Path, started: str) -> tuple[int, bytes]:
    """The exit code and what arrived on an error output that is a file; ``started`` is how the shell starts it."""
    reading, gone = os.pipe()
    os.close(reading)
    opened = {"file": os.open(place / "out", os.O_RDWR | os.O_CREAT), "full": os.open(FULL, os.O_WRONLY), "gone": gone}
    said = os.open(place / "err", os.O_RDWR | os.O_CREAT)
    opened["closed"] = opened["file"]  # until the shell closes it
    to = opened[out] if err == "the same" else said if err == "file" else opened[err]
    closed = [number for number, stream in ((1, out), (2, out if err == "the same" else err)) if stream == "closed"]
    shell = "exec " + " ".join([f"{started} {command}", *(f"{number}>&-" for number in closed)])
    done = program("", place, "sh", "-c", shell, stdout=opened[out], stderr=to)
    for descriptor in {*opened.values(), said}:
        os.close(descriptor)
    return done.returncode, (place / "err").read_bytes()


@pytest.mark.parametrize(("command", "out", "err"), FEW)
def test_streams(command: str, out: str, err: str, place: Path, started: str | None = None) -> None:
    code, said = streamed(command, out, err, place, started or warm.program())
    assert code == expected(command, out)
    assert b"Traceback" not in said and b"Exception ignored" not in said


@pytest.mark.heavy
@pytest.mark.parametrize(("command", "out", "err"), ALL)
def test_streams_in_every_combination(command: str, out: str, err: str, place: Path) -> None:
    test_streams(command, out, err, place, f'"{sys.executable}" -m selectmodel')


# --- signals ---------------------------------------------------------------------------------------------------------

#: Sends itself a signal when it looks for the module of this name, or for the n-th module.
AT_IMPORT = """
import os, sys, _signal
from selectmodel.__main__ import main
number, when = int(sys.argv[1]), sys.argv[2]
_signal.signal(number, _signal.SIG_DFL)  # whatever runs the tests may ignore it
sys.argv[:] = ["selectmodel", *sys.argv[3:]]
class Finder:
    count = 0
    def find_spec(self, name, *_):
        self.count += 1
        if when in (name, str(self.count)):
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Finder())
main()
"""
SIGNALS = [
    (number, 128 + number)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if (number := getattr(signal, name, None)) is not None
]


def at_import(number: signal.Signals, when: str, command: str, place: Path) -> tuple[int, bytes, bytes]:
    done = program(command, place, sys.executable, "-c", AT_IMPORT, str(int(number)), when)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("when", ["1", "typer", "numpy"])
def test_a_signal_while_it_imports(number: signal.Signals, code: int, when: str, place: Path) -> None:
    assert at_import(number, when, "pick log.csv", place) == (code, b"", b"")


@pytest.mark.heavy
@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("command", ["pick log.csv", "gate log.csv --min val_accuracy=0.99"])
def test_a_signal_at_many_imports(number: signal.Signals, code: int, command: str, place: Path) -> None:
    for count in range(1, 5000, 7):
        done = at_import(number, str(count), command, place)
        if done[0] != code:  # it came to its end before so many imports
            assert count > 100 and (done[0], done[2]) == (COMMANDS[command][0], b""), (count, done)
            return
        assert done == (code, b"", b""), count


# --- disks, users, settings ------------------------------------------------------------------------------------------

#: Arguments where nothing can be written in the current folder → exit code.
READ_ONLY = {
    "pick log.csv": 0,
    "gate log.csv --min val_accuracy=0.99": 1,
    "rank .": 0,
    "pick log.csv -o a.json": 4,
    "pick log.csv --record a.json": 4,
    "pick log.csv --checkpoint-offset 0 --copy-to release": 4,
    "pick log.csv --checkpoint-offset 0 --copy-to checkpoints/release": 4,
    "compare log.csv other.csv --history h.jsonl": 4,
    "init log.csv": 4,
    "rank . --cache c.db": 4,
    "pick closed.csv": 3,
    "gate closed.csv --min val_accuracy=0.5": 3,
}


#: Root becomes an ordinary user. What is imported is imported before: Python itself may lie where only root may look.
AS_ANOTHER = """
import contextlib, os, shutil, sys, tempfile
from selectmodel.cli.main import main, run
here, copy = os.getcwd(), tempfile.mkdtemp()
shutil.copytree(here, copy, dirs_exist_ok=True)
os.chdir(copy)
with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
    run(sys.argv[1:])
os.chdir(here)
shutil.rmtree(copy)
os.setgroups([]), os.setgid(65534), os.setuid(65534)
main()
"""


@pytest.mark.heavy
@pytest.mark.parametrize(("command", "code"), READ_ONLY.items())
def test_an_ordinary_user_who_may_not_write(command: str, code: int, place: Path) -> None:
    (place / "closed.csv").write_text(LOG)
    (place / "closed.csv").chmod(0)
    before = sorted(place.rglob("*"))
    if os.getuid():
        place.chmod(0o555)
    env = {"HOME": "/nonexistent", "XDG_CACHE_HOME": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = program(command, place, *(() if os.getuid() else (sys.executable, "-c", AS_ANOTHER)), env=env)
    place.chmod(0o755)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
    assert sorted(place.rglob("*")) == before


#: Arguments on a disk that holds no more → exit code.
FULL_DISK = {
    "pick log.csv": 0,
    "gate log.csv --min val_accuracy=0.99": 1,
    "pick log.csv -o disk/a.html": 4,
    "pick log.csv --record disk/a.json": 4,
    "pick log.csv --checkpoint-offset 0 --copy-to disk/release": 4,
    "pick log.csv --checkpoint-offset 0 --copy-to disk": 4,
    "compare log.csv other.csv --history disk/h.jsonl": 4,
    "rank log.csv --cache disk/c.db": 4,
}


@pytest.mark.heavy
@pytest.mark.parametrize(("command", "code"), FULL_DISK.items())
def test_a_full_disk(command: str, code: int, place: Path) -> None:
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        with (disk / "rest").open("wb", buffering=0) as rest, pytest.raises(OSError, match="No space"):
            while rest.write(b"x" * 1024):
                pass
        done = program(command, place)
        assert done.returncode == code, done.stderr
        left = [path.name for path in disk.iterdir() if path.name not in ("rest", "h.jsonl")]
        assert (left, not (disk / "h.jsonl").exists() or (disk / "h.jsonl").read_bytes()) in (([], True), ([], b""))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


#: Settings of Python and of the system, none of which may change an answer.
SETTINGS: tuple[dict[str, str], ...] = (
    {"PYTHONWARNINGS": "error"},
    {"PYTHONDEVMODE": "1"},
    {"PYTHONUNBUFFERED": "1"},
    {"PYTHONOPTIMIZE": "1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TERM": "dumb", "HOME": "/nonexistent", "XDG_CACHE_HOME": "/dev/null/x"},
    {"TMPDIR": "/nonexistent"},
)
OVERFLOWING = LOG.replace("0.4,0.7,0.7", "1e308,0.7,1e308")


@pytest.mark.heavy
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("command", ["pick log.csv --format json", "pick big.csv --format json", "rank . --no-cache"])
def test_settings_change_no_answer(settings: dict[str, str], command: str, place: Path) -> None:
    (place / "big.csv").write_text(OVERFLOWING)
    plain, other = (program(command, place, env=env) for env in ({"PYTHONUTF8": "1"}, settings))
    assert (other.returncode, other.stderr) == (plain.returncode, plain.stderr)
    assert command.startswith("rank") or other.stdout == plain.stdout


LONG = "x" * 5000
LONG_PATHS = {
    f"compare log.csv other.csv --history {LONG}": 4,
    f"compare log.csv other.csv --history {LONG}/h": 4,
    f"compare --history {LONG}": 3,
    f"pick log.csv --checkpoint-offset 0 --copy-to {LONG}": 4,
    f"pick log.csv --checkpoint-offset 0 --copy-to {LONG}/release": 4,
    f"pick log.csv --checkpoint-offset 0 --copy-to {LONG} --force": 4,
    f"pick log.csv --record {LONG}.json": 4,
    f"pick log.csv --checkpoints {LONG}": 3,
    f"gate log.csv --max-worse val_loss=1 --baseline {LONG}": 3,
    f"gate log.csv --min val_loss=1 --production {LONG}": 3,
    f"init {LONG}": 3,
    f"pick {LONG}": 3,
    f"pick log.csv --policy {LONG}": 2,
}


@pytest.mark.parametrize(("command", "code"), LONG_PATHS.items(), ids=lambda value: str(value).replace(LONG, "LONG"))
def test_a_path_of_5000_characters(
    command: str, code: int, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    assert run(command.split()) == code, capsys.readouterr().err[-300:]
