"""A command that meets a signal at the n-th line, or the n-th instruction, of this program; for many n, a process each.

Run as a program it prints a line of JSON for each: how far it was, the exit code, what was said, and a digest of each
file that was there:

    python tests/support/signals.py SIGNAL lines|instructions STEP COMMAND...

It works in the current folder, which is put back in between.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import zlib
from pathlib import Path
from types import FrameType
from typing import Any

import selectmodel.cli.main as program

PACKAGE = str(Path(program.__file__).parents[1])
#: Where the exit code is settled and what is said is written: looked at instruction by instruction.
EDGE = tuple(f"{PACKAGE}/cli/{name}.py" for name in ("main", "streams", "output", "gate"))
ENDED = "came to its end before"


def meets(number: int, wanted: int, kind: str) -> Any:
    """A tracer that sends the signal at the place of this number, and says so if the program ends before."""
    event, files = ("opcode", EDGE) if kind == "instructions" else ("line", PACKAGE)
    count, leave = 0, os._exit

    def start(frame: FrameType, _: str, __: Any) -> Any:
        if not frame.f_code.co_filename.startswith(files):
            return None
        frame.f_trace_opcodes = event == "opcode"
        return local

    def local(_: FrameType, came: str, __: Any) -> Any:
        nonlocal count
        if came == event:
            count += 1
            if count == wanted:
                os.kill(os.getpid(), number)
        return local

    def left(code: int) -> None:
        sys.settrace(None)
        if count < wanted:
            os.write(2, ENDED.encode())
        leave(code)

    os._exit = left  # type: ignore[assignment]
    signal.signal(number, lambda number, _: leave(128 + number))  # as __main__ does while all is imported
    return start


def ended(number: int, wanted: int, kind: str, arguments: list[str]) -> tuple[int, str]:
    """The exit code and what was said, of a process of its own."""
    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if not pid:
            sys.argv[1:] = arguments
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(said.fileno(), 2)
            sys.settrace(meets(number, wanted, kind))
            program.main()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said.seek(0)
        return code, said.read().decode()


def there() -> dict[str, int]:
    return {path.as_posix(): zlib.crc32(path.read_bytes()) for path in Path().rglob("*") if path.is_file()}


def main(name: str, kind: str, step: str, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as kept:
        shutil.copytree(".", kept, dirs_exist_ok=True)
        before, said = there(), os.dup(1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        program.run(list(arguments))  # all is imported before the processes part
        sys.stdout.flush()
        os.dup2(said, 1)
        for wanted in range(1, 1_000_000, int(step)):
            if there() != before:
                for path in Path().iterdir():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                shutil.copytree(kept, ".", dirs_exist_ok=True)
            code, text = ended(int(signal.Signals[name]), wanted, kind, list(arguments))
            print(json.dumps([wanted, code, text, there()]), flush=True)
            if ENDED in text:
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
