"""docs/surroundings.md shows the tables that the tests beside it execute; ``python -m tests.regenerate`` makes it."""

from __future__ import annotations

from collections.abc import Mapping

from places import ROOT

from tests.cli import test_copying_faults as copying
from tests.cli import test_signals as signals
from tests.cli import test_surroundings as surroundings
from tests.files import test_locked_folders as locked
from tests.support import faults

PAGE = ROOT / "docs/surroundings.md"
TOP = """# Surroundings and exit codes

What was tried around the program, and the exit code that came. Each table is the one that a test executes
(`tests/cli/test_surroundings.py`, `test_signals.py`, `test_copying_faults.py`, `tests/files/test_locked_folders.py`);
`python -m tests.regenerate` writes this page from them. 0 answer given or gate passed, 1 the gate says no, 2 usage,
3 cannot judge, 4 output not written, 128 + n stopped by signal n.
"""


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def of(tried: Mapping[str, int]) -> str:
    long = surroundings.LONG
    return table(("command", "exit"), [(f"`{line.replace(long, '…')}`", code) for line, code in tried.items()])


def streams() -> str:
    outs = surroundings.STREAMS
    rows = [(f"`{line}`", *(surroundings.expected(line, out) for out in outs)) for line in surroundings.COMMANDS]
    return table(("command", *outs), rows)


def page() -> str:
    plain: Mapping[str, int] = {signals.FAILS: 1, **signals.WRITING}
    stopped = [(f"`{line}`", code, *signals.CODES.values()) for line, code in plain.items()]
    settings = [" ".join(f"{name}={value}" for name, value in one.items()) for one in surroundings.SETTINGS]
    copies = [(kind, situation, "old or new, whole") for kind in copying.KINDS for situation in copying.SITUATIONS]
    parts = {
        f"Standard output leads to: {', '.join(surroundings.STREAMS)}": (
            "`gone`: a pipe that nobody reads; `full`: a full disk; `closed`: nowhere. Standard error leads to each\n"
            "of these as well, and to the same pipe as standard output: it never changes the exit code.",
            streams(),
        ),
        "A signal at each moment": (
            "While modules are imported, at instructions where a verdict is told, at lines of all that is read,\n"
            "judged and written. What is written is whole or as it was; nothing is printed. A signal that the caller\n"
            "ignores (`nohup`) is ignored.",
            table(("command", "none", *signals.CODES), stopped),
        ),
        "A fault at every call to the file system while a checkpoint is copied": (
            f"`tests/support/faults.py` lets each call in turn fail or meet a signal: {', '.join(faults.FAULTS)}.\n"
            "Four jobs that copy to one place, one of which is killed, mix nothing.",
            table(("checkpoint", "target", "what is there afterwards"), copies),
        ),
        "An ordinary user who may not write here": ("", of(surroundings.READ_ONLY)),
        "An ordinary user, and a folder of another one (`locked`) or a file (`shut.csv`) that may not be read": (
            "", of(locked.TRIED),
        ),
        "A disk that is full": ("", of(surroundings.FULL_DISK)),
        "A path of 5,000 characters": ("", of(surroundings.LONG_PATHS)),
        "Settings of Python and of the system that change no answer": (
            "", "".join(f"- `{one}`\n" for one in settings),
        ),
    }  # fmt: skip
    shown = [f"\n## {title}\n\n{text}{text and chr(10) * 2}{body}" for title, (text, body) in parts.items()]
    return TOP + "".join(shown)


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")


def test_the_page_shows_what_is_executed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
