"""A metric that the user makes of several: ``--metric "0.5*val_f1 + 0.5*val_auc"``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from cli import command, logged

import selectmodel as sm
from selectmodel.errors import ChoiceError, LogError, UsageError
from selectmodel.policy.policy import Policy
from selectmodel.records import Run, Series

BOTH = "0.5*val_f1 + 0.5*val_auc"
LOG = """epoch,loss,val_loss,val_f1,val_auc,val_own,lr
1,0.9,0.80,0.60,0.70,1,0.1
2,0.7,0.70,0.70,0.80,2,0.1
3,0.6,0.65,0.74,0.83,3,0.1
4,0.5,0.66,0.78,0.80,2,0.1
5,0.4,0.70,0.75,0.85,1,0.1
6,0.3,0.80,0.74,0.84,1,0.1
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    file = tmp_path / "log.csv"
    file.write_text(LOG)
    return sm.read(file)


@pytest.mark.parametrize(
    ("metric", "epoch", "value", "goal"),
    [
        (BOTH, 5, 0.8, "max"),
        ("val_f1 + 0*val_auc", 4, 0.78, "max"),
        ("0.1*val_f1 - val_loss", 3, 0.1 * 0.74 - 0.65, "max"),
        ("val_loss - val_f1", 4, 0.66 - 0.78, "min"),
        ("val_f1 + val_own:max", 3, 3.74, "max"),
    ],
)
def test_a_sum_is_judged_as_one_metric(run: Run, metric: str, epoch: int, value: float, goal: str) -> None:
    report = sm.recommend(run, metric=metric, rule="best")
    assert report.recommended.epoch == epoch
    assert (report.monitor.goal, report.monitor.split) == (goal, "val")
    assert report.recommended.values[report.monitor.name] == pytest.approx(value)
    assert [note.code for note in report.notes] == ["SM276"]


@pytest.mark.parametrize(
    ("metric", "error", "told"),
    [
        ("0.5*val_f1 + 0.5*val_ac", UsageError, "did you mean --metric val_auc"),
        ("0.5*val_f1 + val_loss", UsageError, "such a sum has no direction; subtract what is better low"),
        ("val_f1 - val_auc", UsageError, "more is better by val_f1 and less by val_auc"),
        ("val_f1 + lr", UsageError, "'lr' does not measure quality"),
        (
            "val_f1 + 0.2*val_own",
            ChoiceError,
            "add --metric 'val_f1 + 0.2*val_own:max' or --metric 'val_f1 + 0.2*val_own:min'",
        ),
        ("(val_f1 + val_auc)", UsageError, "'(' is not understood"),
    ],
)
def test_what_has_no_meaning_is_refused(run: Run, metric: str, error: type[UsageError], told: str) -> None:
    with pytest.raises(error, match=re.escape(told)):
        sm.recommend(run, metric=metric)


def test_the_policy_tells_the_direction_of_an_own_metric(run: Run) -> None:
    assert (
        sm.recommend(run, Policy(goals={"val_own": "max"}), metric="val_f1 + val_own", rule="best").recommended.epoch
        == 3
    )


def test_a_metric_of_that_very_name_is_no_sum() -> None:
    steps = np.arange(1, 4)
    values = {"a+b": [1, 2, 3], "val_loss": [3.0, 2.0, 1.0]}
    series = {name: Series.of(name, steps, steps, of) for name, of in values.items()}
    report = sm.recommend(Run("r", "r", "test", series), metric="a+b:max")
    assert report.monitor.name == "a+b"
    assert not report.notes or report.notes[0].code != "SM276"


def test_where_one_metric_is_missing_there_is_no_sum() -> None:
    def named(**logged_at: dict[int, float]) -> Run:
        series = {name: Series.of(name, list(of), list(of), list(of.values())) for name, of in logged_at.items()}
        return Run("r", "r", "test", series)

    often = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4}
    report = sm.recommend(named(val_f1=often, val_auc={2: 0.9, 4: 0.1}), metric=BOTH, rule="best")
    assert (report.question.epochs.tolist(), report.recommended.epoch) == ([2, 4], 2)
    with pytest.raises(LogError, match="never logged at the same step"):
        sm.recommend(named(val_f1={1: 0.1, 3: 0.3}, val_auc={2: 0.9, 4: 0.1}), metric=BOTH)


def test_percent_beside_shares_is_told(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    rows = "\n".join(f"{epoch},{50 + epoch},{0.7 + epoch / 100}" for epoch in range(8))
    file.write_text(f"epoch,val_accuracy,val_auc\n{rows}\n")
    report = sm.recommend(sm.read(file), metric="val_accuracy + val_auc")
    told = [note.message for note in report.notes if note.code == "SM275"]
    assert told == ["val_accuracy in percent and val_auc as a share of 1 are added as they are logged: "
                    "a point of the one counts a hundred times as much"]  # fmt: skip


def test_every_command_takes_a_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(tmp_path, monkeypatch, LOG)
    (tmp_path / "selectmodel.toml").write_text(f'metric = "{BOTH}"\n[[gate]]\nmetric = "{BOTH}"\nmin = 0.79\n')
    told = json.loads(command(capsys, "pick", log, "--format", "json").out)
    assert (told["metric"]["name"], told["recommended"]["values"][BOTH]) == (BOTH, pytest.approx(0.8))
    assert command(capsys, "gate", log).code == 0
    assert command(capsys, "gate", log, "--metric", "val_f1").code == 0  # its condition is judged all the same
    assert command(capsys, "gate", log, "--min", f"{BOTH}=0.9").code == 1
    assert command(capsys, "gate", log, "--min", "val_f1 + nothing=0.9").code == 2
    for arguments in (("compare", log, log), ("rank", log), ("advise", log), ("inspect", log)):
        done = command(capsys, *arguments)
        assert done.code == 0, done.err
        assert BOTH in " ".join(done.out.split())
