"""By what runs were taken for repeats of one configuration: said on the screen and in the JSON, as it was done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

import selectmodel as sm


def sweep(folder: Path, settings: Sequence[Mapping[str, object]]) -> Path:
    for at, own in enumerate(settings):
        run = folder / f"run-{at}"
        run.mkdir()
        (run / "training.csv").write_text(f"epoch,val_loss\n0,{1 + at / 10}\n1,{0.7 + at / 10}\n")
        (run / "hparams.json").write_text(json.dumps(own))
    return folder


def told(capsys: pytest.CaptureFixture[str], *asked: object) -> tuple[str, list[str]]:
    """The line on the screen, and the names in the JSON."""
    screen = " ".join(command(capsys, "rank", *asked, "--no-cache").out.split())
    found = json.loads(command(capsys, "rank", *asked, "--no-cache", "--format", "json").out)
    return screen.partition("repeats ")[2].partition(", placed by")[0], found["repeats_differ_in"]


@pytest.mark.parametrize(
    ("settings", "line", "names"),
    [
        (
            [{"lr": lr, "seed": seed} for lr in (0.1, 0.2) for seed in (1, 2)],
            "2 configurations, all with repeats (settings equal but for seed)", ["seed"],
        ),
        (
            [{"lr": 0.1, "my.seed": 1, "run_dir": "a"}, {"lr": 0.1, "my.seed": 2, "run_dir": "b"}, {"lr": 0.2}],
            "2 configurations, 1 with repeats (settings equal but for seed and run_dir)", ["my.seed", "run_dir"],
        ),
        (
            [{"lr": 0.1, "seed": 7}, {"lr": 0.1, "seed": 7}, {"lr": 0.2, "seed": 8}],
            "2 configurations, 1 with repeats (all settings equal)", [],
        ),
        (
            [{"lr": 0.1, "seed": at, "run_name": at, "gpu": at, "log_dir": at, "pid": at} for at in range(2)],
            "1 configuration, all with repeats (settings equal but for seed, run_name, gpu and 2 more)",
            ["seed", "run_name", "gpu", "log_dir", "pid"],
        ),
    ],
)  # fmt: skip
def test_what_was_left_out_of_account_is_said(
    settings: list[dict[str, object]], line: str, names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, sweep(tmp_path, settings)) == (line, names)


def test_a_setting_that_one_run_has_alone_is_one(tmp_path: Path) -> None:
    assert sm.rank(sweep(tmp_path, [{"lr": 0.1}, {"lr": 0.1, "seed": 3}])).but_for == ("seed",)


def test_runs_grouped_by_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    line, names = told(capsys, SAMPLES / "sweep", "--group-by", "{config}/seed-{seed}")
    assert line.endswith("(settings equal but for seed)") and names == ["seed"]


def test_without_repeats_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, sweep(tmp_path, [{"lr": 0.1, "seed": 1}, {"lr": 0.2, "seed": 2}])) == ("", [])


def test_it_is_remembered_with_the_answer(tmp_path: Path) -> None:
    first, second = (sm.rank(SAMPLES / "sweep", cache=tmp_path / "cache.db") for _ in range(2))
    assert first.but_for == second.but_for != ()
