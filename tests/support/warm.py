"""A ``selectmodel`` for shells that has all imported already: one process forks for each command.

What runs is a process as any other: arguments, environment, current folder, standard streams, open or closed, and how
it ends. A command takes 0.05 s then instead of 0.4 s, one with a chart 0.1 s instead of 2 s. How Python starts, what is
imported when, and signals are not seen this way: tests of those run ``python -m selectmodel``.

``python`` is a Python for ``-c CODE`` in the same way: code that uses the package, in a process of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from places import ROOT

_LOG = "epoch,loss,val_loss\n0,1.0,1.1\n1,0.6,0.8\n2,0.4,0.7\n3,0.2,0.75\n"
_COMMANDS = (
    *("pick log.csv", "gate log.csv --max val_loss=1", "inspect log.csv --format csv", "init --check"),
    *("compare log.csv log.csv", "rank . --no-cache"),
)
#: What takes most of the time to import, and loads no plug-in.
_MODULES = (
    "cli.pick",
    "cli.rules",
    "cli.explain",
    "commands.pick.answer",
    "commands.explain.catalogue",
    "reports.json",
    "reports.text",
)
_PAGES = ("gate log.csv --max val_loss=1 --format html",)
#: What a client is called by those who want code to be run, not the program.
_PYTHON = "python-c"
#: Asks the process for a command, waits, and ends as that ended.
_CLIENT = """#!{python} -ISs
import json, os, socket, sys
streams = []
for number in range(3):
    try:
        os.fstat(number)
    except OSError:
        continue
    streams.append(number)
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({address!r})
    here = os.open(".", os.O_RDONLY)
    words = json.dumps([sys.argv, dict(os.environ), streams]).encode()
    socket.send_fds(asked, [len(words).to_bytes(8, "big")], [here, *streams])
    asked.sendall(words)
    status = int(asked.recv(16))
if status < 0:
    os.kill(os.getpid(), -status)
os._exit(status)
"""


@cache
def program(packages: Path | None = None) -> str:
    """The path of the program, which stays as long as the tests run.

    ``packages``: a folder of packages that it finds beside ours; each command meets their plug-ins for the first time.
    """
    home = tempfile.mkdtemp(prefix="warm-")  # short, for the name of a socket has a hundred bytes at most
    address, client = Path(home, "socket"), Path(home, "selectmodel")
    python = Path(home, "python")  # the first line of a script takes no blanks, and no long path
    python.symlink_to(sys.executable)
    client.write_text(_CLIENT.format(python=python, address=str(address)))
    client.chmod(0o755)
    client.with_name(_PYTHON).symlink_to(client)
    paths = [ROOT, packages] if packages else [ROOT, *sys.path]
    kept = subprocess.Popen(
        [sys.executable, __file__, str(address), "imported" if packages else "used"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, cwd=home, env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        start_new_session=True,
    )  # fmt: skip
    assert kept.stdin is not None and kept.stdout is not None
    assert kept.stdout.readline() == b"ready\n"
    atexit.register(kept.communicate)  # its standard input ends with the tests, however those end
    return str(client)


def python() -> str:
    """The path of what takes ``-c CODE ARGUMENTS`` as Python does, and has the package imported already."""
    return str(Path(program()).with_name(_PYTHON))


def _used(*lines: str) -> None:
    """Runs each once, so that all is imported and made that it needs."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        Path(".git").mkdir()
        Path("log.csv").write_text(_LOG)
        Path("selectmodel.toml").write_text('rule = "best"\n')
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            for line in lines:
                run(shlex.split(line))


@cache
def _drawn() -> None:
    _used(*_PAGES)


def _serve(address: str) -> None:
    """Forks for each who asks, and tells each how his command ended; ends when standard input does."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    running: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([server, sys.stdin, woken], [], [])
            if woken in ready:
                os.read(woken, 1000)
                _tell(running)
            if server in ready:
                asked, _ = server.accept()
                _begin(asked, running)
            elif sys.stdin in ready:
                return


def _tell(running: dict[int, socket.socket]) -> None:
    while running:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if not ended:
            return
        with running.pop(ended) as asked, contextlib.suppress(OSError):  # who asked may be gone
            asked.sendall(b"%d" % os.waitstatus_to_exitcode(status))


def _begin(asked: socket.socket, running: dict[int, socket.socket]) -> None:
    size, handed, _, _ = socket.recv_fds(asked, 8, 4)
    with asked.makefile("rb") as words:
        arguments, environment, streams = json.loads(words.read(int.from_bytes(size, "big")))
    if any("html" in word for word in arguments[1:]):
        _drawn()
    gc.freeze()
    if child := os.fork():
        running[child] = asked
        for number in handed:
            os.close(number)
    else:
        try:
            _become(arguments, environment, dict(zip(streams, handed[1:], strict=True)), handed[0])
        finally:
            os._exit(70)  # nothing that is raised there may go on as this process


def _become(arguments: list[str], environment: dict[str, str], streams: dict[int, int], here: int) -> None:
    """What Python does when it starts, for the process that was asked for; then the program itself."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT):
        signal.signal(number, {signal.SIGPIPE: signal.SIG_IGN}.get(number, signal.SIG_DFL))
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.fchdir(here)
    for number in range(3):
        if number in streams:
            os.dup2(streams[number], number)
        else:
            os.close(number)
    os.closerange(3, 1000)
    called, *arguments = arguments
    sys.stdin, sys.stdout, sys.stderr = (_stream(number) if number in streams else None for number in range(3))
    if Path(called).name == _PYTHON:
        _run(*arguments)
    sys.argv[:] = ["selectmodel", *arguments]
    main()


def _run(option: str, code: str, *arguments: str) -> NoReturn:
    """What Python does with code, until it ends."""
    assert option == "-c"
    sys.argv[:] = [option, *arguments]
    try:
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def _stream(number: int) -> Any:
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    handles = "backslashreplace" if number == 2 else errors or "strict"
    return open(number, "w" if number else "r", encoding=encoding or "utf-8", errors=handles, closefd=False)


if __name__ == "__main__":
    from selectmodel.__main__ import main
    from selectmodel.cli.main import run

    if sys.argv[2] == "used":
        _used(*_COMMANDS)
    else:
        for name in _MODULES:
            importlib.import_module(f"selectmodel.{name}")
    try:
        _serve(sys.argv[1])
    finally:
        shutil.rmtree(Path(sys.argv[1]).parent)
