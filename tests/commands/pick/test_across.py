"""``pick --across``: how many epochs the final model is to be trained for, by the mean over folds or seeds."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from cli import command
from hypothesis import given
from hypothesis import strategies as st

import selectmodel as sm
from selectmodel.errors import LogError, UsageError
from selectmodel.records import Run, Series

ACCURACY = {
    "fold1": [0.60, 0.70, 0.80, 0.79, 0.70],
    "fold2": [0.50, 0.70, 0.74, 0.80, 0.70],
    "fold3": [0.55, 0.72, 0.80, 0.75, 0.71],
}


def named(name: str, start: int = 1, **columns: list[float]) -> Run:
    """A run that logs these columns from epoch ``start`` on."""
    series = {}
    for metric, values in columns.items():
        epochs = np.arange(start, start + len(values))
        series[metric] = Series.of(metric, epochs, epochs, values)
    return Run(name, name, "test", series)


def folds(start: int = 1) -> list[Run]:
    return [named(name, start, val_accuracy=values) for name, values in ACCURACY.items()]


def written(folder: Path, start: int = 1, cut: int | None = None) -> list[Path]:
    """A log for each fold in a folder of its own; the last one is ``cut`` short."""
    files = []
    for place, (name, values) in enumerate(ACCURACY.items()):
        kept = values[:cut] if place == len(ACCURACY) - 1 else values
        file = folder / name / "log.csv"
        file.parent.mkdir()
        rows = [f"{epoch},{1 - value:.2f},{value}" for epoch, value in enumerate(kept, start=start)]
        file.write_text("\n".join(["epoch,val_loss,val_accuracy", *rows]) + "\n")
        files.append(file)
    return files


def test_the_mean_decides_and_its_error_is_that_between_the_runs() -> None:
    answer = sm.across(folds(), rule="best", metric="val_accuracy")
    assert (answer.epoch, answer.epochs, answer.value) == (3, 3, pytest.approx(0.78))
    spread = [0.80, 0.74, 0.80]
    assert answer.standard_error == pytest.approx(np.std(spread, ddof=1) / math.sqrt(3))
    assert [member.own_epoch for member in answer.members] == [3, 4, 3]
    assert [member.own_value for member in answer.members] == [0.80, 0.80, 0.80]


def test_as_good_is_what_the_runs_cannot_tell_apart_one_by_one() -> None:
    answer = sm.across(folds(), rule="best", metric="val_accuracy")
    apart = np.array([0.79 - 0.80, 0.80 - 0.74, 0.75 - 0.80])  # epoch 4 against epoch 3
    assert abs(apart.mean()) <= np.std(apart, ddof=1) / math.sqrt(3)
    assert answer.as_good_as == (2, 3)


def test_logs_that_count_from_0_need_one_epoch_more() -> None:
    answer = sm.across(folds(start=0), rule="best", metric="val_accuracy")
    assert (answer.epoch, answer.epochs) == (2, 3)
    assert "Train the final model for 3 epochs (epoch 2: the logs count from 0)" in str(answer)


def test_only_epochs_that_all_have_count_and_it_is_said() -> None:
    runs = [*folds()[:2], named("fold3", val_accuracy=[0.5, 0.9])]
    answer = sm.across(runs, rule="best", metric="val_accuracy")
    assert (answer.epoch, answer.labels.tolist()) == (2, [1, 2])
    assert [(note.code, note.message) for note in answer.notes] == [
        ("SM277", "only the 2 epochs that all runs have count: fold3 has 2, fold1 5")
    ]
    assert "it is the last epoch that all runs have" in " ".join(str(answer).split())


def test_an_epoch_at_which_one_run_has_no_number_does_not_count() -> None:
    runs = [*folds()[:2], named("fold3", val_accuracy=[0.5, 0.7, math.nan, 0.6, 0.5])]
    answer = sm.across(runs, rule="best", metric="val_accuracy")
    assert answer.epoch == 4
    assert "SM278" in [note.code for note in answer.notes]


def test_a_sum_of_metrics_is_averaged_as_a_sum() -> None:
    runs = [named(name, val_f1=values, val_auc=values[::-1]) for name, values in ACCURACY.items()]
    answer = sm.across(runs, metric="val_f1 + 0.1*val_auc", rule="best")
    best = np.mean(list(ACCURACY.values()), axis=0)
    assert answer.epoch == 1 + int(np.argmax(best + 0.1 * best[::-1]))
    assert [note.code for note in answer.notes] == ["SM276"]


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (folds()[:1], "takes the mean over several runs, and there is one"),
        ([folds()[0], named("b", val_loss=[1.0, 0.5])], "fold1 is judged by val_accuracy:max, b by val_loss:min"),
        ([folds()[0], folds(start=0)[1]], "counts its epochs from 0"),
        ([folds()[0], named("b", val_accuracy=[50.0, 60.0, 70.0])], "as a share of 1 by fold1 and in percent by b"),
    ],
)
def test_what_has_no_mean_is_refused(runs: list[Run], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        sm.across(runs)


def test_runs_without_a_common_epoch_are_refused() -> None:
    with pytest.raises(LogError, match="no epoch in common"):
        sm.across([folds()[0], named("late", 50, val_accuracy=[0.5, 0.6])])


@given(
    st.lists(st.lists(st.floats(0.01, 0.99), min_size=3, max_size=9), min_size=2, max_size=5), st.sampled_from([0, 1])
)
def test_the_pick_is_the_best_mean_of_the_common_epochs(curves: list[list[float]], start: int) -> None:
    runs = [named(f"run{at}", start, val_loss=values) for at, values in enumerate(curves)]
    answer = sm.across(runs, metric="val_loss", rule="best")
    shortest = min(map(len, curves))
    means = np.mean([values[:shortest] for values in curves], axis=0)
    assert answer.means == pytest.approx(means)
    assert answer.value == pytest.approx(means.min())
    assert answer.index in answer.as_good_as
    assert answer.epochs == answer.index + 1


def test_the_command_takes_files_a_folder_or_a_table_with_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(tmp_path, start=0, cut=4)
    table = tmp_path / "cv.csv"
    rows = [
        f"{fold},{epoch},{1 - value:.2f},{value}"
        for fold, (_, values) in enumerate(ACCURACY.items())
        for epoch, value in enumerate(values if fold < 2 else values[:4])
    ]
    table.write_text("\n".join(["fold,epoch,val_loss,val_accuracy", *rows]) + "\n")
    answers = []
    for logs in (files, [tmp_path / "fold1", *files[1:]], [table]):
        done = command(
            capsys, "pick", "--across", *logs, "--rule", "best", "--metric", "val_accuracy", "--format", "json"
        )
        assert done.code == 0, done.err
        answers.append(json.loads(done.out))
    assert [answer["recommended"] for answer in answers] == [answers[0]["recommended"]] * 3
    assert (answers[0]["recommended"]["epoch"], answers[0]["recommended"]["epochs"]) == (2, 3)
    assert [run["name"] for run in answers[0]["runs"]] == ["fold1", "fold2", "fold3"]


def test_the_command_prints_the_number_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = written(tmp_path, start=0)
    asked = ("pick", "--across", *files, "--rule", "best", "--metric", "val_accuracy")
    assert command(capsys, *asked, "--print", "epochs").out == "3\n"
    assert command(capsys, *asked, "--print", "epoch").out == "2\n"
    assert command(capsys, *asked, "--print", "checkpoint").code == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--between", "1,2"), "--between: is for one run"),
        (("--only-saved",), "has no checkpoint file"),
        (("--print", "epochs", "--format", "json"), "prints that alone"),
    ],
)
def test_flags_for_one_run_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], told: str
) -> None:
    done = command(capsys, "pick", "--across", *written(tmp_path), *more)
    assert (done.code, told in done.err) == (2, True), done.err


def test_one_log_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)[0]
    done = command(capsys, "pick", "--across", file, file)
    assert (done.code, "is given twice" in done.err) == (2, True)


def test_several_logs_without_the_flag_are_told_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", *written(tmp_path))
    assert (done.code, "--across takes their mean" in done.err) == (2, True)


def test_the_mean_is_judged_by_the_metric_of_the_runs_though_alone_it_would_not() -> None:
    runs = [
        named("fold1", val_loss=[0.9, 0.7, 0.8], val_accuracy=[0.5, 0.6, 0.7]),
        named("fold2", val_loss=[0.9, 0.7, 0.8], val_accuracy=[0.7, 0.6, 0.5]),  # constant in the mean
    ]
    answer = sm.across(runs)
    assert answer.metric == "val_accuracy"
    assert answer.means == pytest.approx([0.6, 0.6, 0.6])
    assert answer.as_good_as == (0, 1, 2)
    assert "val_loss" not in answer.reason


def test_epochs_that_do_not_count_are_not_as_good() -> None:
    runs = [named(f"run{at}", val_accuracy=[0.8, 0.8, 0.7, 0.8, 0.8]) for at in range(3)]
    answer = sm.across(runs, rule="best", metric="val_accuracy", min_epoch=3)
    assert answer.epoch in (4, 5)
    assert answer.as_good_as == (3, 4)
    diverged = [named(f"run{at}", val_accuracy=[0.7, 0.8, 0.8], val_loss=[1.0, 0.5, math.nan]) for at in range(2)]
    assert sm.across(diverged, metric="val_accuracy").as_good_as == (1,)


def test_a_fold_that_is_not_clear_itself_is_never_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The third of four folds holds two trainings: the mean of the two before it would be a wrong answer."""
    epochs = {0: [0, 1, 2, 3], 1: [0, 1, 2, 3], 2: [0, 1, 2, 3, 0, 1], 3: [0, 1, 2, 3]}
    rows = [f"{fold},{epoch},{0.5 + 0.01 * at}" for fold, labels in epochs.items() for at, epoch in enumerate(labels)]
    log = tmp_path / "folds.csv"
    log.write_text("\n".join(["fold,epoch,val_loss", *rows, ""]))
    done = command(capsys, "pick", log, "--across")
    assert (done.code, done.out) == (2, "")
    assert "holds 2 " in done.err and "choose one" in done.err
