"""trainer_state.json: which of several is read, what of its log_history is the training, and what it recorded."""

from __future__ import annotations

import json
import math
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import SAMPLES, SHARED

import selectmodel as sm
from selectmodel import registry
from selectmodel.errors import ChoiceError, LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.files.opening import Source
from selectmodel.records import Run

LOGS = SAMPLES / "huggingface"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent")


def row(step: int, **values: Any) -> dict[str, Any]:
    return {"epoch": step / 10, "step": step, **values}


def fit(n: int, *, shift: float = 0.0) -> list[dict[str, Any]]:
    """Rows of training and of evaluation every ten steps."""
    found = []
    for step in range(10, 10 * n + 1, 10):
        found.append(row(step, loss=1 / step + shift, grad_norm=1.0, learning_rate=0.1))
        found.append(row(step, eval_loss=2 / step + shift, eval_accuracy=0.5 + step / 1000, eval_runtime=0.1))
    return found


SUMMARY = row(30, train_loss=0.01, train_runtime=3.0, train_samples_per_second=9.0, total_flos=1e9)


def state(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    last = max((one["step"] for one in rows), default=0)
    return {"best_metric": None, "global_step": last, "log_history": rows, "max_steps": last, **more}


def put(folder: Path, rows: list[dict[str, Any]], **more: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "trainer_state.json"
    path.write_text(json.dumps(state(rows, **more), indent=2, sort_keys=True) + "\n")
    return path


def read(content: bytes | str, name: str = "trainer_state.json") -> Run:
    data = content.encode() if isinstance(content, str) else content
    return registry.load("readers", "hf_trainer").read(Source(Path(name), (Path(name),), name, data=data))


def of_rows(rows: list[Any], **more: Any) -> Run:
    return read(json.dumps({"global_step": 30, "log_history": rows, **more}, indent=2))


def codes(run: Run) -> list[str]:
    return [note.code for note in run.notes]


def test_rows_of_a_step_are_one_place() -> None:
    run = of_rows(fit(3))
    assert run.x_axis == "step" and run.format == "hf_trainer"
    assert {name: list(one.steps) for name, one in run.series.items()} == {
        name: [10, 20, 30] for name in ("loss", "grad_norm", "learning_rate", "eval_loss", "eval_accuracy")
    }
    assert list(run.series["eval_loss"].epochs) == [1, 2, 3]
    assert {name: hint.split for name, hint in run.hints.items()}["loss"] == "train"


def test_summary_and_evaluate_after_the_fit_are_no_epochs() -> None:
    run = of_rows([*fit(3), SUMMARY, row(30, eval_loss=0.0001, eval_accuracy=0.99)])
    assert "train_loss" not in run.series
    assert run.series["eval_loss"].values[-1] == 2 / 30
    assert codes(run) == ["SM115"]


def test_a_table_of_all_rows_names_everything_in_each() -> None:
    """As pandas writes it: to_json(orient="records")."""
    rows = [*fit(3), SUMMARY, row(30, eval_loss=0.0001, eval_accuracy=0.99)]
    names = dict.fromkeys(name for one in rows for name in one)
    run = read(json.dumps([{name: one.get(name) for name in names} for one in rows]), "log_history.json")
    assert {name: list(one.values) for name, one in run.series.items()} == {
        name: list(one.values) for name, one in of_rows(rows).series.items()
    }


def test_the_only_evaluation_counts_though_it_comes_after_the_fit() -> None:
    rows = [one for one in fit(3) if "loss" in one]
    run = of_rows([*rows, SUMMARY, row(30, eval_loss=0.5)])
    assert list(run.series["eval_loss"].steps) == [30] and not run.notes


def test_fractions_of_epochs_are_labels_and_never_refused() -> None:
    """One fraction among whole epochs is no damage here, unlike in a table."""
    rows = [{"epoch": epoch, "step": step, "eval_loss": 0.5} for epoch, step in ((1.0, 7), (2.0, 14), (2.96, 21))]
    for extra in ({}, {"eval_text": "x"}):  # the second takes the way of odd logs
        run = of_rows([{**one, **extra} for one in rows])
        assert list(run.series["eval_loss"].epochs) == [1, 2, 2.96]
        assert list(run.series["eval_loss"].steps) == [7, 14, 21]


def test_nan_and_infinity_are_values() -> None:
    run = of_rows([row(10, eval_loss=math.inf), row(20, eval_loss=math.nan), row(30, eval_loss=0.5)])
    assert str(run.series["eval_loss"].values) == "[inf nan 0.5]"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("loss", "train"), ("rewards/accuracies", "train"), ("eval_loss", "val"), ("eval_rewards/margins", "val"),
        ("eval_train_loss", "train"), ("eval_test_accuracy", "test"), ("eval_math_accuracy", "val"),
    ],
)  # fmt: skip
def test_the_prefix_tells_the_split(name: str, split: str) -> None:
    assert of_rows([row(10, **{name: 0.5})]).hints[name].split == split


def test_a_custom_name_with_a_split_keeps_it() -> None:
    assert "val_accuracy" not in of_rows([row(10, val_accuracy=0.5)]).hints


def test_steps_logged_twice_are_told() -> None:
    run = of_rows([*fit(3), row(20, eval_loss=0.9), row(30, eval_loss=0.8)])
    assert list(run.series["eval_loss"].values) == [0.2, 0.9, 0.8]
    assert "SM105" in codes(run)


def test_two_trainings_in_one_history_must_be_told_apart() -> None:
    with pytest.raises(ChoiceError):
        of_rows([*fit(3), *fit(2, shift=0.5)])


def test_odd_rows_are_refused_and_counted() -> None:
    run = of_rows([*fit(2), 7, None, {"eval_loss": 0.1}])
    assert list(run.series["eval_loss"].steps) == [10, 20]
    assert codes(run) == ["SM102", "SM104"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"log_history": [], "global_step": 0}', "its history is empty"),
        ('{"log_history": [1], "global_step": 0}', "its history holds no objects"),
        ('{"log_history": {}, "global_step": 0}', "has no log_history"),
        ('{"global_step": 1, "log_history": [{"step": 1', "ends in the middle"),
        ("[]", "its history is empty"),
        ('{"log_history": [{}, {"eval_runtime": 1.0}], "global_step": 0}', "no epochs logged yet"),
        (json.dumps(state([SUMMARY])), "nothing of the training but its summary"),
        ('{"log_history": ' + "[" * 100_000, "nested too deeply"),
        ('{"log_history": [{"step": 1, "step": 2}]}', "'step' stands twice"),
        ('{"log_history": [{"step": 1, "loss": ' + "9" * 5000 + "}]}", "too long"),
    ],
)
def test_refusals_say_why(content: str, message: str) -> None:
    with pytest.raises(LogError, match=message):
        read(content)


def test_huge_integers_are_no_numbers() -> None:
    run = of_rows([row(10, eval_loss=0.5, eval_size=10**400)])
    assert list(run.series) == ["eval_loss"]
    run = of_rows([{"step": 10, "epoch": 10**400, "eval_loss": 0.5}])
    assert list(run.series["eval_loss"].values) == [0.5]


# Which of several states


def test_the_checkpoint_with_the_highest_number_is_read(tmp_path: Path) -> None:
    for n in (9, 10):
        put(tmp_path / f"checkpoint-{n}0", fit(n))
    run = sm.read(tmp_path)
    assert run.series["eval_loss"].steps[-1] == 100 and run.notes == ()


def test_the_root_state_is_read_if_it_goes_as_far(tmp_path: Path) -> None:
    put(tmp_path / "checkpoint-30", fit(3)[:-1])
    put(tmp_path, [*fit(3), SUMMARY])
    assert sm.read(tmp_path).series["eval_loss"].steps[-1] == 30
    put(tmp_path / "checkpoint-50", fit(5))
    assert sm.read(tmp_path).series["eval_loss"].steps[-1] == 50


def test_a_named_state_is_read_itself(tmp_path: Path) -> None:
    for n in (2, 4):
        put(tmp_path / f"checkpoint-{n}0", fit(n))
    assert sm.read(tmp_path / "checkpoint-20/trainer_state.json").series["loss"].steps[-1] == 20
    assert sm.read(tmp_path / "checkpoint-20").series["loss"].steps[-1] == 20


def test_a_state_that_is_cut_gives_way_to_an_earlier_one(tmp_path: Path) -> None:
    put(tmp_path / "checkpoint-20", fit(2))
    newest = put(tmp_path / "checkpoint-30", fit(3))
    newest.write_bytes(newest.read_bytes()[:700])
    run = sm.read(tmp_path)
    assert run.series["loss"].steps[-1] == 20
    (note,) = run.notes
    assert note.code == "SM128" and note.degrades
    assert "checkpoint-20/trainer_state.json was read, which ends at step 20" in note.message


def test_a_branch_left_by_a_resume_is_told_and_not_matched(tmp_path: Path) -> None:
    """Resumed from step 20, saved at 40: checkpoint-30 is of before."""
    put(tmp_path / "checkpoint-20", fit(2))
    put(tmp_path / "checkpoint-30", fit(3))
    put(tmp_path / "checkpoint-40", [*fit(2), *fit(4, shift=0.01)[4:]])
    for n in (20, 30, 40):
        (tmp_path / f"checkpoint-{n}/model.safetensors").write_text("x")
    report = sm.recommend(sm.read(tmp_path))
    assert codes(report.run) == ["SM129"]
    assert [Path(one.path).name for one in report.run.checkpoints] == ["checkpoint-20", "checkpoint-40"]
    report = sm.recommend(sm.read(tmp_path / "checkpoint-40/trainer_state.json"))
    assert [Path(one.path).name for one in report.run.checkpoints] == ["checkpoint-20", "checkpoint-40"]


def test_histories_written_in_another_layout_are_compared_by_value(tmp_path: Path) -> None:
    path = put(tmp_path / "checkpoint-20", fit(2))
    path.write_text(json.dumps(json.loads(path.read_text())))
    put(tmp_path / "checkpoint-40", fit(4))
    assert sm.read(tmp_path).notes == ()
    path.write_text(json.dumps(state(fit(2, shift=1.0))))
    assert codes(sm.read(tmp_path)) == ["SM129"]


def test_an_unfinished_checkpoint_is_never_recommended(tmp_path: Path) -> None:
    put(tmp_path / "checkpoint-20", fit(2))
    put(tmp_path / "checkpoint-30", fit(3))
    (tmp_path / "checkpoint-30/checkpoint-is-incomplete.txt").write_text("")
    report = sm.recommend(sm.read(tmp_path))
    assert report.recommended.step == 20
    assert Path(str(report.recommended.checkpoint)).name == "checkpoint-20"
    assert any("checkpoint-is-incomplete.txt" in note.message for note in report.notes)


def test_runs_of_a_search_are_runs_of_their_own(tmp_path: Path) -> None:
    for trial in range(3):
        put(tmp_path / f"run-{trial}/checkpoint-20", fit(2), trial_params={"learning_rate": 0.1 * trial})
    ranking = sm.rank(tmp_path)
    assert sorted(run.name for run in ranking.runs) == ["run-0", "run-1", "run-2"]
    assert {run.hparams["learning_rate"] for run in ranking.runs} == {0.0, 0.1, 0.2}


def test_event_files_below_are_the_same_training(tmp_path: Path) -> None:
    put(tmp_path / "out/checkpoint-20", fit(2))
    events = SAMPLES / "keras_tensorboard/overfitting"
    shutil.copytree(events, tmp_path / "out/runs")
    (found,) = discovery.find(tmp_path)
    assert found.reader == "hf_trainer" and found.name == "out"


def test_a_list_of_rows_beside_states_is_no_other_run(tmp_path: Path) -> None:
    put(tmp_path, fit(3))
    (tmp_path / "log_history.json").write_text(json.dumps(fit(3)))
    (found,) = discovery.find(tmp_path)
    assert found.source.paths == (tmp_path / "trainer_state.json",)
    (tmp_path / "trainer_state.json").unlink()
    (found,) = discovery.find(tmp_path)
    assert list(found.read().series["loss"].steps) == [10, 20, 30]


@pytest.mark.parametrize(
    "content",
    [
        {"_name_or_path": "bert", "hidden_size": 768},
        {"eval_loss": 0.5, "epoch": 3.0, "train_runtime": 1.0},
        [{"instruction": "step", "output": "epoch"}],
        {"loss": [1.0, 0.5], "val_loss": [1.0, 0.6]},
    ],
)
def test_other_json_is_not_claimed(content: Any) -> None:
    assert registry.load("readers", "hf_trainer").sniff(Path("x.json"), json.dumps(content).encode()) == 0


# What was recorded


@pytest.mark.parametrize(
    ("more", "metric", "step", "checkpoint"),
    [
        ({"best_metric": 0.1, "best_global_step": 20, "best_model_checkpoint": "/a/b/checkpoint-20"}, "eval_loss", 20,
         "checkpoint-20"),
        ({"best_metric": 0.1, "best_model_checkpoint": r"C:\out\checkpoint-20"}, "eval_loss", 20, "checkpoint-20"),
        ({"best_metric": 0.52, "best_model_checkpoint": None}, "eval_accuracy", 20, ""),
        ({"best_metric": 0.77, "best_global_step": 20}, "", 20, ""),
        ({"best_metric": 0.52, "best_model_checkpoint": "../../etc/passwd"}, "eval_accuracy", 20, ""),
    ],
)  # fmt: skip
def test_the_recorded_best(more: dict[str, Any], metric: str, step: int, checkpoint: str) -> None:
    best = of_rows(fit(3), **more).recorded
    assert best is not None
    assert (best.metric, best.value, best.step, best.checkpoint) == (metric, more["best_metric"], step, checkpoint)


@pytest.mark.parametrize("value", [None, "0.5", True, 10**400])
def test_nothing_recorded(value: Any) -> None:
    assert of_rows(fit(3), best_metric=value).recorded is None


def test_where_no_set_is_the_main_one_the_recorded_metric_is_judged(tmp_path: Path) -> None:
    rows = [row(step, eval_a_loss=1 / step, eval_b_loss=abs(20 - step) + 1.0) for step in (10, 20, 30)]
    with pytest.raises(ChoiceError):
        sm.recommend(sm.read(put(tmp_path, rows)))
    report = sm.recommend(sm.read(put(tmp_path, rows, best_metric=1.0, best_global_step=20)))
    assert report.monitor.name == "eval_b_loss" and report.recommended.step == 20
    assert report.monitor.why == "Hugging Face recorded its best by it"


# Untrusted


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_damaged_state_is_refused_or_read_as_it_stands(seed: int) -> None:
    """Cut, doubled, shuffled, bytes changed: a refusal, or values that stand in the file."""
    draw = random.Random(seed)
    rows = [*fit(4), SUMMARY]
    kind = draw.choice(("cut", "flip", "double", "shuffle", "drop"))
    if kind == "double":
        rows = rows + rows[draw.randrange(len(rows)) :]
    if kind == "shuffle":
        draw.shuffle(rows)
    if kind == "drop":
        del rows[draw.randrange(len(rows))]
    data = bytearray(json.dumps(state(rows), indent=2, sort_keys=True).encode())
    if kind == "cut":
        del data[draw.randrange(len(data)) :]
    if kind == "flip":
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    try:
        run = read(bytes(data))
    except SelectModelError:
        return
    assert kind != "cut"
    known = {float(value) for one in rows for value in one.values()}
    wrong = [one for one in run.series.values() if not np.isin(one.values, list(known)).all()]
    assert len(wrong) <= (kind == "flip")


# Logs of the real writer


@pytest.mark.parametrize(
    ("log", "metric", "best", "step"),
    [
        ("overfitting", "eval_loss", 15, 195),
        ("overfitting", "eval_accuracy", 27, 351),
        ("log_history.json", "eval_loss", 15, 195),
    ],
)
def test_sample_logs(log: str, metric: str, best: float, step: int) -> None:
    series = sm.read(LOGS / log).series[metric]
    at = int(np.argmin(series.values) if "loss" in metric else np.argmax(series.values))
    assert (series.epochs[at], series.steps[at], len(series.steps)) == (best, step, 30)


def test_the_sample_that_was_resumed() -> None:
    report = sm.recommend(sm.read(LOGS / "resumed"))
    assert codes(report.run) == ["SM129"]
    assert [Path(one.path).name for one in report.run.checkpoints] == [
        "checkpoint-13",
        "checkpoint-26",
        "checkpoint-39",
    ]


def test_the_sample_of_several_sets() -> None:
    report = sm.recommend(sm.read(LOGS / "several_sets"))
    assert (report.monitor.name, report.recommended.step) == ("eval_hard_accuracy", 56)
    assert report.recorded is not None and report.recorded.step == 56


@needs_shared
@pytest.mark.parametrize(
    ("run", "loss", "accuracy", "recorded"),
    [
        ("epoch_best_acc", 18, 18, "eval_accuracy"),
        ("resumed", 24, 24, None),
        ("steps_eval", 18, 18, "eval_loss"),
        ("nan", None, 6, None),
    ],
)
def test_shared_samples(run: str, loss: int | None, accuracy: int, recorded: str | None) -> None:
    found = sm.read(SHARED / "samples/hf_trainer" / run)
    values = found.series["eval_loss"].values
    assert (None if np.isnan(values).all() else found.series["eval_loss"].steps[np.nanargmin(values)]) == loss
    assert found.series["eval_accuracy"].steps[np.argmax(found.series["eval_accuracy"].values)] == accuracy
    assert (found.recorded.metric if found.recorded else None) == recorded
    assert found.notes == ()


@needs_shared
def test_public_logs() -> None:
    entries = json.loads((SHARED / "real_logs/manifest.json").read_text())
    states = [one for one in entries if one["format"] == "hf_trainer_state"]
    assert states
    for entry in states:
        run = sm.read(SHARED / "real_logs" / entry["local"])
        for metric, best in entry["expert"]["best"].items():
            series = run.series[metric]
            goal = entry["expert"]["val_metrics"][metric]
            at = int(np.argmin(series.values) if goal == "min" else np.argmax(series.values))
            assert (series.steps[at], series.epochs[at], len(series.steps)) == (best["step"], best["epoch"], best["n"])
