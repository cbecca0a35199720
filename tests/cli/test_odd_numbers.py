"""Numbers at the ends of what a float holds, and beyond what a metric can be: every command answers or says why not."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from cli import command

NUMBERS = (
    "0", "-0.0", "-1", "1", "1.0000001", "100", "100.00001", "150", "0.91", "91.4", "1e-9", "5e-324", "1e-308", "1e154",
    "1e200", "1e308", "-1e308", "1.7e308", "nan", "inf", "-inf", "",
)  # fmt: skip
COLUMNS = (("val_accuracy", "val_loss", "accuracy", "loss"), ("val_loss", "loss"), ("val_f1", "val_loss"))


def column(draw: random.Random, name: str, rows: int) -> list[str]:
    """One number throughout, a healthy curve with one of them in it, or any of them."""
    sort = draw.random()
    if sort < 0.25:
        return [draw.choice(NUMBERS)] * rows
    if sort < 0.65:
        whole = [f"{2 / (i + 1):.4f}" if "loss" in name else f"{0.5 + 0.4 * i / rows:.4f}" for i in range(rows)]
        whole[draw.randrange(rows)] = draw.choice(NUMBERS)
        return whole
    return [draw.choice(NUMBERS) for _ in range(rows)]


def log(draw: random.Random, names: tuple[str, ...]) -> str:
    rows = draw.choice((1, 2, 3, 12, 30))
    cells = zip(map(str, range(rows)), *(column(draw, name, rows) for name in names), strict=True)
    return "\n".join([",".join(("epoch", *names)), *map(",".join, cells), ""])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numpy, for sums and quotients that no float holds
@pytest.mark.parametrize("seed", range(12))
def test_no_number_in_a_log_is_a_bug(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SELECTMODEL_DEBUG", "1")
    draw = random.Random(seed)
    names = draw.choice(COLUMNS)
    for name in "abc":
        Path(f"{name}.csv").write_text(log(draw, names))
    size = draw.choice([(), ("--val-size", 1), ("--val-size", 500), ("--val-size", 2**53 - 1)])
    aim = draw.choice([(), ("--aim", "loss"), ("--aim", "both"), ("--rule", "one_se"), ("--metric", "val_loss")])
    bounds = ("--max-worse", "val_loss=1%", "--on", draw.choice(["value", "expected", "worst"]))
    commands = (
        ("pick", "a.csv"), ("pick", "a.csv", "--format", "json"), ("pick", "a.csv", "--between", "0,1"),
        ("gate", "a.csv", "--max", "val_loss=1"), ("gate", "a.csv", "--baseline", "b.csv", *bounds),
        ("compare", "a.csv", "b.csv", "c.csv"),
        ("compare", "--group", "x=a.csv", "--group", "x=b.csv", "--group", "y=c.csv"),
        ("advise", "a.csv", "b.csv"), ("rank", ".", "--no-cache", "--picks"), ("inspect", "a.csv"),
    )  # fmt: skip
    for given in commands:
        more = () if given[0] == "inspect" else tuple(itertools.chain(size, aim))
        done = command(capsys, *given, *more)
        assert done.code in (0, 1, 2, 3), (given, done.err)
        assert "bug in selectmodel" not in done.out + done.err, given


def test_three_logs_of_the_largest_numbers_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for file, value in zip(files, ("1e308", "-1e308", "1.7e308"), strict=True):
        file.write_text(f"epoch,val_loss,loss\n0,{value},{value}\n1,{value},1e308\n")
    done = command(capsys, "compare", *files)
    assert done.code == 0, done.err
    groups = [word for name, file in zip("xxy", files, strict=True) for word in ("--group", f"{name}={file}")]
    assert command(capsys, "compare", *groups).code == 0
