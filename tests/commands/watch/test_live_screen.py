"""The screen that stays: the answer stands on it whatever its size, and nothing is wider or lower than it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from selectmodel.commands.watch import messages, screen
from selectmodel.commands.watch.watched import Speed
from selectmodel.commands.watch.watching import Watch
from selectmodel.display.style import Style
from selectmodel.policy.policy import Policy

SIZES = [(40, 8), (40, 20), (60, 36), (80, 24), (120, 40), (200, 60)]


def drawn(watch: Watch, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None, force_terminal=True)
    style = Style(width=width, lines=True, curve=True)
    group = screen.live(watch.state, screen.status(watch), style, height, console)
    lines = console.render_lines(group, pad=False)
    return ["".join(segment.text for segment in line if not segment.control) for line in lines]


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    """A training that overfits, of which three looks were taken."""
    log = tmp_path_factory.mktemp("run") / "training.csv"
    random = np.random.default_rng(3)
    losses = [0.5 + np.exp(-epoch / 6) + max(0, epoch - 20) * 0.02 + 0.01 * random.random() for epoch in range(60)]
    rows = [f"{epoch},{np.exp(-epoch / 9):.4f},{loss:.4f}\n" for epoch, loss in enumerate(losses)]
    found = Watch(log, Policy())
    for end in (10, 30, 60):
        log.write_text("epoch,loss,val_loss\n" + "".join(rows[:end]))
        found.step()
    return found


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fits(watch: Watch, width: int, height: int) -> None:
    lines = drawn(watch, width, height)
    assert lines[0].startswith("Ship epoch ") and " so far" in lines[0]
    assert all(len(line) <= width for line in lines)
    if height >= 20:
        assert len(lines) <= height
        assert lines[-1].startswith("training.csv · written ")
        assert any("early stop" in line for line in lines)


def test_a_large_one_shows_the_curve_the_moves_and_the_findings(watch: Watch) -> None:
    text = "\n".join(drawn(watch, 120, 40))
    assert "⠒⠒ val_loss" in text and "moved      epoch" in text and "SM201" in text
    assert "⠒⠒" not in "\n".join(drawn(watch, 80, 18))


def test_before_there_is_an_answer(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "nowhere.csv", Policy())
    watch.step()
    lines = drawn(watch, 80, 24)
    assert lines[0] == "No recommendation yet" and lines[1].startswith("waiting    is not there")
    assert lines[-1].startswith("nowhere.csv · not there")


def test_a_name_is_never_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("epoch,loss,val_\x1b[31mloss\n0,1,0.9\n1,0.5,0.7\n2,0.4,0.8\n")
    watch = Watch(Path("t.csv"), Policy(metric="val_\x1b[31mloss:min"))
    watch.step()
    assert "\x1b" not in "\n".join(drawn(watch, 100, 30)) or watch.state.report is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.84, "0.84 s"), (42.4, "42 s"), (119, "119 s"), (300, "5 min"), (7500, "2 h 5 min"), (400_000, "5 days")],
)
def test_durations(seconds: float, text: str) -> None:
    assert messages.duration(seconds) == text


def test_how_long_it_takes() -> None:
    assert messages.pace(Speed(None, "epoch", 99.0, None)) == []
    assert messages.pace(Speed(42.0, "epoch", None, None)) == ["42 s per epoch"]
    assert messages.pace(Speed(42.0, "epoch", 99.0, 420.0)) == ["42 s per epoch", "7 min to epoch 99, the last"]
