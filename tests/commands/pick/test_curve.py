"""The curve in a terminal: where it is drawn, that it fits, and that what it marks is the pick."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import warm
from cli import command
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT, SAMPLES
from property_tests import examples

from selectmodel.display import curve
from selectmodel.display.curve import Trace

LOG = SAMPLES / "keras/overfitting.csv"
DOTS = re.compile("[\u2801-\u28ff]")
VALUES = st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-2, 2)), min_size=2, max_size=80)


@settings(deadline=None, max_examples=examples(200))
@given(VALUES, VALUES, st.integers(0, 79), st.integers(40, 200))
def test_any_curve_fits_and_its_pick_is_marked(one: list[float], two: list[float], at: int, width: int) -> None:
    n = min(len(one), len(two))
    x = np.arange(n, dtype=float) * 7
    courses = [Trace("val\x1b[31m", np.array(one[:n])), Trace("n" * 90, np.array(two[:n]), dotted=True)]
    with np.errstate(all="raise", under="ignore"):
        drawn = [line.plain for line in curve.lines(x, courses, at % n, "epoch", width)]
    if not drawn:
        known = [value for value in one[:n] + two[:n] if np.isfinite(value)]
        assert len(known) < 2 or max(map(abs, known)) > 1e300
        return
    assert len(drawn) == 10 and not any("\x1b" in line for line in drawn)
    assert max(map(len, drawn[1:])) <= width
    pointed = drawn[-1].index("▲")
    assert f"epoch {7 * (at % n)}" in drawn[-1]
    assert any(line[pointed : pointed + 1] == "│" for line in drawn) or all(
        DOTS.match(line[pointed : pointed + 1]) for line in drawn[1:-1]
    )


def test_the_lowest_value_is_at_the_bottom_and_the_highest_at_the_top() -> None:
    values = np.array([3.0, 2.0, 1.0, 2.0, 3.0])
    drawn = [line.plain for line in curve.lines(np.arange(5.0), [Trace("v", values)], 2, "epoch", 40)]
    assert drawn[1].startswith("3.00 ") and drawn[8].startswith("1.00 ")
    pointed = drawn[-1].index("▲")
    assert DOTS.match(drawn[8][pointed]) and DOTS.match(drawn[1][5]) and DOTS.match(drawn[1][38])
    assert not DOTS.search(drawn[8][:12]) and not DOTS.search(drawn[1][15:25])


def test_a_value_far_off_does_not_flatten_the_rest() -> None:
    values = np.concatenate([[1e6], np.linspace(2, 1, 99)])
    drawn = [line.plain for line in curve.lines(np.arange(100.0), [Trace("v", values)], 99, "epoch", 80)]
    assert drawn[1].startswith("≥ ") and sum(bool(DOTS.search(line)) for line in drawn[1:9]) >= 4


def on_a_terminal(columns: int, lines: int, *flags: str, **environment: str) -> str:
    """The screen of ``pick`` in a pseudo-terminal of that size, which no variable tells."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"".join(n.to_bytes(2, sys.byteorder) for n in (lines, columns, 0, 0)))
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    program = subprocess.Popen(
        [warm.program(), "pick", os.path.relpath(LOG, ROOT), *flags],
        stdout=theirs, stdin=theirs, cwd=ROOT,
        env={**kept, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert program.wait() == 0
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode("utf-8", "replace").replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("columns", "lines", "flags", "environment", "drawn"),
    [
        (100, 50, [], {}, True),
        (60, 36, [], {}, True),
        (59, 50, [], {}, False),
        (100, 35, [], {}, False),
        (100, 24, ["--plot"], {}, True),
        (100, 50, ["--no-plot"], {}, False),
        (100, 50, [], {"PYTHONIOENCODING": "latin-1"}, False),
    ],
)
def test_where_it_is_drawn(
    columns: int, lines: int, flags: list[str], environment: dict[str, str], drawn: bool
) -> None:
    shown = on_a_terminal(columns, lines, *flags, **environment)
    assert bool(DOTS.search(shown)) is drawn
    assert environment or max(map(len, shown.splitlines()), default=0) <= columns
    assert ("▲ epoch 12" in shown) is drawn


def test_never_in_a_pipe(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert not DOTS.search(command(capsys, "pick", LOG).out)
    asked = command(capsys, "pick", LOG, "--plot")
    assert (asked.code, asked.out) == (2, "") and "no terminal" in asked.err
    page = tmp_path / "page.txt"
    assert command(capsys, "pick", LOG, "-o", page).code == 0 and not DOTS.search(page.read_text(encoding="utf-8"))
