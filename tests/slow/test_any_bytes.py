"""No log, however cut or damaged, gives a traceback, hangs, or is taken for a bug of the program.

HYPOTHESIS_PROFILE=search pytest -m heavy tests/slow/test_any_bytes.py      tries others than last time
"""

from __future__ import annotations

import contextlib
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import places
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selectmodel.cli.main import run

ROOT = places.SAMPLES
SAMPLES = sorted(path for path in ROOT.rglob("*") if path.suffix == ".csv" or "tfevents" in path.name)
#: An answer, a choice for the user, nothing to judge.
EXPECTED = (0, 2, 3)
NAMES = ("log.csv", "metrics.csv", "events.out.tfevents.1700000000.host.7.0", "events.out.tfevents.1700000000.h.7.0.v2")
PIECES = [*"0123456789.,;\t|\n\r\"'-+eE naifNx_\0é", "\n0,1\n1,2\n", "epoch,", "step,", "val_loss", "loss"]
TABLE_TEXT = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
SMALL = settings(max_examples=60, suppress_health_check=list(HealthCheck))
BIG = settings(max_examples=5000, suppress_health_check=list(HealthCheck))


def judged(folder: Path, name: str, content: bytes, *arguments: str) -> str:
    """Writes and judges a log, as pick and as inspect; returns the JSON of pick, "" where it gives none."""
    log = folder / name
    log.write_bytes(content)
    printed = ""
    for command in ("inspect", "pick"):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([command, str(log), "--format", "json", "--checkpoints", "off", *arguments])
        assert code in EXPECTED, err.getvalue()
        assert (code == 0) == (err.getvalue() == ""), err.getvalue()
        printed = out.getvalue()
        assert (code == 0) == bool(printed)
    return printed


@cache
def sample(path: Path) -> bytes:
    return path.read_bytes()


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sample that was cut, had bits flipped, bytes put in, or a piece repeated or taken out."""
    path = draw(st.sampled_from(SAMPLES))
    content = bytearray(sample(path))
    for _ in range(draw(st.integers(1, 4))):
        at, size = draw(st.integers(0, len(content))), draw(st.integers(0, 200))
        match draw(st.sampled_from(["cut", "flip", "insert", "repeat", "drop", "zero"])):
            case "cut":
                del content[at:]
            case "flip" if at < len(content):
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                content[at:at] = draw(st.binary(max_size=20))
            case "repeat":
                content[at:at] = content[at : at + size]
            case "drop":
                del content[at : at + size]
            case "zero":
                content[at : at + size] = bytes(len(content[at : at + size]))
    return path.name, bytes(content)


ANY = st.one_of(st.binary(max_size=300), TABLE_TEXT.map(str.encode), TABLE_TEXT.map(lambda text: text.encode("utf-16")))


@SMALL
@given(st.sampled_from(NAMES), ANY)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    judged(tmp_path_factory.getbasetemp(), name, content)


@SMALL
@given(damaged())
def test_damaged_samples(tmp_path_factory: pytest.TempPathFactory, log: tuple[str, bytes]) -> None:
    judged(tmp_path_factory.getbasetemp(), *log)


@pytest.mark.heavy
@BIG
@given(st.sampled_from(NAMES), ANY)
def test_any_bytes_at_length(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    judged(tmp_path_factory.getbasetemp(), name, content, "--complete", "--index", "row")


@pytest.mark.heavy
@BIG
@given(damaged(), st.sampled_from([(), ("--complete",), ("--segment", "1"), ("--decimal", ","), ("--index", "row")]))
def test_damaged_samples_at_length(
    tmp_path_factory: pytest.TempPathFactory, log: tuple[str, bytes], flags: tuple[str, ...]
) -> None:
    judged(tmp_path_factory.getbasetemp(), *log, *flags)


#: Notes that say that the end of a log is missing, or that something in it was.
LOST = {"SM101", "SM102", "SM104", "SM109", "SM131", "SM132", "SM133", "SM134", "SM135"}


@pytest.mark.parametrize("path", [ROOT / "keras/spike.csv"], ids=lambda path: path.name)
def test_a_log_cut_anywhere_is_that_of_a_shorter_training(path: Path, tmp_path: Path) -> None:
    """At every byte of its last lines: the answer is that of the whole lines, or a note says what was left out."""
    whole, of_lines = sample(path), dict[bytes, Any]()
    for size in range(len(whole) - 40, len(whole)):
        cut = whole[:size]
        lines = cut[: max(cut.rfind(b"\n"), cut.rfind(b"\r")) + 1]
        found = json.loads(judged(tmp_path, "cut.csv", cut))
        if lines not in of_lines:
            of_lines[lines] = json.loads(judged(tmp_path, "lines.csv", lines))
        assert found["recommended"] == of_lines[lines]["recommended"]
        assert {note["code"] for note in found["run"]["notes"]} & LOST or cut == lines
