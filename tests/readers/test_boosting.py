"""What boosters leave: CatBoost's folder, whole and while it trains, and evaluations as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from places import SAMPLES, SHARED

from selectmodel.errors import LogError
from selectmodel.files import discovery
from selectmodel.records import Run

META: dict[str, Any] = {
    "test_sets": ["test"],
    "test_metrics": [{"best_value": "Max", "name": "Own"}, {"best_value": "Undefined", "name": "Logloss"}],
    "learn_metrics": [{"best_value": "Min", "name": "Logloss"}],
    "learn_sets": ["learn"],
}
VALUES = [(0.5, 0.7, 1.5), (0.25, 0.8, 1.25), (0.125, 0.75, 1.75)]


def text(closed: bool = True) -> str:
    rows = ",\n".join(
        json.dumps({"learn": [learn], "iteration": at, "test": [own, loss]})
        for at, (learn, own, loss) in enumerate(VALUES)
    )
    return f'{{\n"meta":{json.dumps(META)},\n"iterations":[\n{rows}' + ("\n]}" if closed else "")


def info(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        path = folder / "catboost_info" / name.replace("__", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return folder


def read(path: Path) -> Run:
    (found,) = discovery.find(path)
    return found.read()


TABLES = {
    "learn_error__tsv": "iter\tLogloss\n" + "".join(f"{at}\t{row[0]}\n" for at, row in enumerate(VALUES)),
    "test_error__tsv": "iter\tOwn\tLogloss\n" + "".join(f"{at}\t{row[1]}\t{row[2]}\n" for at, row in enumerate(VALUES)),
}


def test_text_and_tables_are_the_same_run(tmp_path: Path) -> None:
    whole = read(info(tmp_path / "a" if (tmp_path / "a").mkdir() is None else tmp_path, catboost_training__json=text()))
    tables = read(info(tmp_path / "b" if (tmp_path / "b").mkdir() is None else tmp_path, **TABLES))
    for name in ("learn/Logloss", "test/Own", "test/Logloss"):
        assert whole.series[name].values.tolist() == tables.series[name].values.tolist()
        assert whole.series[name].steps.tolist() == [0, 1, 2]
    assert whole.hints["test/Own"].goal == "max" and whole.hints["test/Own"].split == "val"
    assert whole.hints["test/Logloss"].goal is None and whole.hints["learn/Logloss"].split == "train"


def test_a_folder_with_both_is_one_run_and_its_event_files_are_no_other(tmp_path: Path) -> None:
    info(tmp_path, catboost_training__json=text(), **TABLES)
    assert read(tmp_path).name == "catboost_info"


def test_a_text_that_is_not_closed_yet_is_read(tmp_path: Path) -> None:
    run = read(info(tmp_path, catboost_training__json=text(closed=False)))
    assert run.series["test/Own"].values.tolist() == [0.7, 0.8, 0.75] and not run.degraded
    cut = read(info(tmp_path, catboost_training__json=text(closed=False)[:-10]))
    assert len(cut.series["test/Own"].values) == 2 and "SM101" in {note.code for note in cut.notes}


def test_several_evaluation_sets_keep_their_numbers(tmp_path: Path) -> None:
    header = "iter\tAUC:0\tAUC:1\tAUC\n"
    run = read(info(tmp_path, test_error__tsv=header + "0\t0.1\t0.2\t0.3\n1\t0.4\t0.5\t0.6\n"))
    assert {name: series.values.tolist() for name, series in run.series.items()} == {
        "test/AUC": [0.1, 0.4], "test1/AUC": [0.2, 0.5], "test2/AUC": [0.3, 0.6]
    }  # fmt: skip


@pytest.mark.parametrize("content", ['{"learn_sets": 3, "iterations":\n', text()[:40], text().replace("[0.5]", "0.5")])
def test_what_is_not_catboosts_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "catboost_training.json"
    path.write_text(content)
    with pytest.raises(LogError, match=r"catboost_training\.json"):
        read(path)


@pytest.mark.parametrize(
    ("content", "splits"),
    [
        ({"train": {"auc": [0.5, 1]}, "eval": {"auc": [0.5, 0.75]}}, {"train/auc": "train", "eval/auc": "val"}),
        ({"training": {"l2": [2, 1]}, "my holdout": {"l2": [2, 1]}}, {"training/l2": "train", "my holdout/l2": "val"}),
        ({"train": {"auc": [0.5, 1]}, "test": {"auc": [0.5, 0.7]}}, {"train/auc": "train", "test/auc": "val"}),
        ({"validation_0": {"auc": [1, 2]}, "validation_1": {"auc": [1, 2]}}, {}),
        ({"valid auc-mean": [0.5, 0.6], "valid auc-stdv": [0.1, 0.1]}, {"valid/auc": "val"}),
    ],
)
def test_the_data_set_tells_the_split(tmp_path: Path, content: Any, splits: dict[str, str]) -> None:
    path = tmp_path / "evals.json"
    path.write_text(json.dumps(content))
    run = read(path)
    assert run.format == "evals_result" and {name: hint.split for name, hint in run.hints.items()} == splits
    assert run.x_axis == "step"


def test_lists_of_two_lengths_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "evals.json"
    path.write_text('{"train": {"auc": [0.5, 1]}, "eval": {"auc": [0.5]}}')
    with pytest.raises(LogError, match="differ in length"):
        read(path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
def test_what_the_boosters_wrote() -> None:
    samples = SHARED / "samples"
    run = read(samples / "catboost")
    assert run.format == "catboost" and int(run.series["test/AUC"].values.argmax()) == 2
    for name in ("xgboost_evals_result", "lightgbm_evals_result", "xgboost_sklearn_evals_result", "lightgbm_cv"):
        assert read(samples / "gbm_evals_result" / f"{name}.json").format == "evals_result"


def test_the_samples_are_read_by_iterations() -> None:
    for folder, form in (("catboost", "catboost"), ("lightgbm", "evals_result")):
        run = read(SAMPLES / folder)
        assert run.format == form and run.x_axis == "step"
        assert all(len(series.steps) == 60 for series in run.series.values())
    evaluations, printed = (read(SAMPLES / "xgboost" / name) for name in ("evals_result.json", "console"))
    loss = evaluations.series["eval/logloss"].values
    assert printed.series["eval-logloss"].values == pytest.approx(loss, abs=6e-6)
