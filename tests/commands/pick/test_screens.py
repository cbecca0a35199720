"""What the screens look like for logs of every shape: nothing too wide, no number cut, words that fit the log."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from cli import command
from places import ROOT, SAMPLES

LONG = "validation_loss_of_the_auxiliary_decoder_averaged_over_all_scales_loss"
SCORE = "validation_of_the_auxiliary_decoder_averaged_over_all_scales_accuracy"
HEAD = ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
Rows = list[list[object]]


def wiggle(place: int, salt: int) -> float:
    """The same small noise on every machine, between -0.5 and 0.5."""
    return math.sin(12.9898 * place + 78.233 * salt) * 43758.5453 % 1 - 0.5


def val_loss(epoch: int, n: int, salt: int = 0) -> float:
    return 0.4 + 2 * math.exp(-8 * epoch / n) + 0.3 * (epoch / n) ** 2 + 0.05 * wiggle(epoch, salt)


def score(epoch: int, n: int, salt: int = 1) -> float:
    return 0.9 - 0.5 * math.exp(-6 * epoch / n) + 0.02 * wiggle(epoch, salt)


def usual(n: int, scale: float = 1.0) -> Rows:
    return [[e, score(e, n, 2), scale * val_loss(e, n, 3), score(e, n), scale * val_loss(e, n)] for e in range(n)]


def shapes() -> dict[str, tuple[list[str], Rows, list[str]]]:
    """Case → header, rows, flags."""
    many = [f"val_a_very_long_metric_name_for_class_{i:02d}_of_the_segmentation_head_iou" for i in range(46)]
    wide: Rows = [
        [s // 2, 1_000_000 + 50 * s, 1e-12 * val_loss(s, 100), -1e9 * score(s, 100), 1e-12 * val_loss(s, 100, 5)]
        for s in range(100)
    ]
    return {
        "usual": (HEAD, usual(40), []),
        "50 metrics": (
            HEAD + many,
            [row + [score(i, 40, k) for k in range(46)] for i, row in enumerate(usual(40))],
            [],
        ),
        "3 epochs": (HEAD, usual(3), []),
        "one epoch": (HEAD, usual(1), []),
        "tiny": (HEAD, usual(40, 1e-9), []),
        "huge": (HEAD, usual(40, 1e8), []),
        "negative": (HEAD, usual(40, -1000.0), []),
        "many orders": (
            ["epoch", "loss", "val_loss"],
            [[e, 10 ** (8 - e / 2), 10 ** (8 - e / 2)] for e in range(40)],
            [],
        ),
        "all equal": (HEAD, [[e, 0.5, 0.5, 0.7, 0.6] for e in range(20)], []),
        "steps only": (["step", "loss", "val_loss"], [[10**6 + 50 * s, 1.0, val_loss(s, 40)] for s in range(40)], []),
        "long names": (["epoch", "step", LONG, SCORE, LONG.replace("validation", "train")], wide, ["--metric", LONG]),
        "loss never a number": (HEAD, [[*row[:4], "nan"] for row in usual(20)], []),
    }


SHAPES = shapes()


def written(folder: Path, header: list[str], rows: Rows) -> Path:
    file = folder / "log.csv"
    table: Rows = [[*header], *rows]
    file.write_text("".join(",".join(map(str, row)) + "\n" for row in table))
    return file


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    header, rows, flags = SHAPES[request.param]
    monkeypatch.setenv("COLUMNS", "80")
    return written(tmp_path, header, rows), flags


@pytest.mark.parametrize("arguments", [["pick"], ["pick", "--verbose"], ["inspect"], ["inspect", "--verbose"]])
def test_screens_fit_80_columns(
    shape: tuple[Path, list[str]], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    log, flags = shape
    done = command(capsys, *arguments, log, *flags)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert max(len(line) for line in lines[1:] if not line.startswith("more: ")) <= 80, "that is there to be copied"
    assert not any(line.endswith(" ") for line in lines)
    assert not re.search("[\u2500-\u257f\x1b]", done.out), "boxes and colours are for terminals"
    assert not re.search(r"\d…|…\d", done.out), "a number is cut"
    assert not any(re.match(r"[·;,.)]|\(train\)", line.strip()) for line in lines), "a line starts with what ends one"


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_every_choice_is_on_the_screen(shape: tuple[Path, list[str]], width: int, capsys: pytest.CaptureFixture[str],
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", str(width))
    log, flags = shape
    out = command(capsys, "pick", log, *flags).out
    top, _, table = out.partition("\n\n")
    assert top.startswith("Ship ")
    for rule in ("last", "patience"):
        assert re.search(rf"\b{rule}(:|,|\n)", table)
    assert max(len(line) for line in out.splitlines()[1:] if not line.startswith("more: ")) <= width


#: Shape → what must stand on its screen.
WORDS = {
    "one epoch": ["Ship epoch 0\n", "(rule aim_accuracy)"],
    "all equal": ["Ship epoch 0\n", "epochs 0–19 (20 of 20): they share the value", "cannot choose one"],
    "steps only": ["Ship step 1000950", "steps 10008", "\n     step  val_loss"],
    "tiny": ["e-10"],
    "huge": ["e+07"],
    "many orders": ["3.162e-12"],
    "50 metrics": ["45 more with --verbose"],
    "loss never a number": ["val_loss is never finite; val_accuracy was judged instead"],
}


@pytest.mark.parametrize("name", WORDS)
def test_words_and_numbers(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, rows, flags = SHAPES[name]
    out = command(capsys, "pick", written(tmp_path, header, rows), *flags).out
    for words in WORDS[name]:
        assert words in out or words in " ".join(out.split())


def test_values_of_the_recommended_epoch_are_those_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = usual(40)
    best = min(rows, key=lambda row: float(str(row[4])))
    out = command(capsys, "pick", written(tmp_path, HEAD, rows), "--aim", "loss").out
    assert f"Ship epoch {best[0]}" in out
    for name, value in zip(HEAD[1:], best[1:], strict=True):
        assert f"{name} {float(str(value)):.3f}" in out


def test_inspect_shows_names_in_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, rows, _ = SHAPES["50 metrics"]
    out = command(capsys, "inspect", written(tmp_path, header, rows)).out
    _, _, table = out.partition("\nmetric ")
    column = "".join(line[: table.index("split") + len("metric ")].strip() for line in table.splitlines()[1:])
    assert all(name in column for name in header[1:])


def test_epochs_validated_twice_are_told_apart_by_their_step(capsys: pytest.CaptureFixture[str]) -> None:
    log = ROOT / "sample_logs/lightning/validated_twice"
    table = command(capsys, "pick", log, "--rule", "best", "--verbose").out.partition("\nepoch  step  ")[2]
    assert "\n ► 13   336 " in table
    assert "\n   13   348 " in table


def on_a_terminal(log: Path, columns: int, **environment: str) -> str:
    """The screen of ``pick`` in a pseudo-terminal."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"".join(n.to_bytes(2, sys.byteorder) for n in (40, columns, 0, 0)))
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    program = subprocess.Popen(
        [warm.program(), "pick", str(log)],
        stdout=theirs,
        stdin=theirs,
        env={**kept, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert program.wait() == 0
    return shown.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_gets_colours_and_a_line(tmp_path: Path, columns: int) -> None:
    shown = on_a_terminal(written(tmp_path, HEAD, usual(40)), columns)
    assert "\x1b[1;32mepoch " in shown
    assert re.search(r"\x1b\[31m\d", shown), "what is worse is red"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert any(set(line.strip()) == {"─"} for line in plain)
    assert 70 < max(len(line) for line in plain) <= columns


def test_no_color_is_obeyed(tmp_path: Path) -> None:
    log = written(tmp_path, HEAD, usual(40))
    assert "\x1b" not in on_a_terminal(log, 80, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(log, 80, TERM="dumb")


def test_a_long_log_with_many_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    n, more = 30_000, [f"val_m{i}_loss" for i in range(16)]
    log = written(tmp_path, HEAD + more, [row + [row[4]] * 16 for row in usual(n)])
    done = command(capsys, "pick", log, "--verbose")
    assert done.code == 0
    assert "last: last validation with val_accuracy" in " ".join(done.out.split())


@pytest.mark.parametrize(("size", "sure"), [(1000, False), (5000, True)])
def test_one_standard_error_is_not_enough_to_be_sure(size: int, sure: bool, capsys: pytest.CaptureFixture[str]) -> None:
    log = ROOT / "sample_logs/keras/two_epochs.csv"
    out = " ".join(command(capsys, "pick", log, "--val-size", size).out.split())
    assert out.startswith("Ship epoch 38 ") and "how sure" in out
    assert ("takes about 4,920 validation examples" in out) is not sure


@pytest.mark.parametrize("width", range(72, 112, 3))
def test_no_line_ends_inside_a_share_or_the_name_of_an_epoch(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    log = ROOT / "sample_logs/keras/double_descent.csv"
    lines = command(capsys, "pick", log).out.splitlines()
    named = [line for line in lines if not line.endswith(" no epoch")]
    assert not any(line.startswith("%") or line.endswith((" epoch", " patience")) for line in named)
    assert max(len(line) for line in lines if not line.startswith("more: ")) <= width
    assert "fell again by 48 %, 22 % below the first minimum" in " ".join(lines)


def test_a_last_epoch_that_is_as_good_as_many_before_it_is_not_called_unfinished(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs = SAMPLES
    settled = command(capsys, "pick", logs / "keras/saturated.csv").out
    assert settled.startswith("Ship epoch 79\n") and "may not have finished" not in settled
