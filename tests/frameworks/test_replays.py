"""The replays keep what the frameworks' own callbacks kept: recorded runs of those, and small tables of our own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
from places import SHARED
from questions import ask_of

from selectmodel.frameworks import huggingface as huggingface_replay
from selectmodel.frameworks import keras as keras_replay
from selectmodel.frameworks import lightning as lightning_replay
from selectmodel.frameworks import ray as ray_replay
from selectmodel.frameworks import ultralytics as ultralytics_replay
from selectmodel.records import Pick
from selectmodel.rules import huggingface, keras, lightning, ray, ultralytics

ORACLES = SHARED / "oracles"
FILES = {"keras": 116, "tf_keras": 63, "lightning": 129, "huggingface": 68, "ultralytics": 66, "ray": 62}
NAN, INF = math.nan, math.inf

#: case id → why the recorded outcome is wrong and ours is right
EXPLAINED: dict[str, str] = {}


def _number(value: Any) -> float:
    return NAN if value is None else float(value)


@cache
def _cases(framework: str) -> list[dict[str, Any]]:
    path = ORACLES / f"{framework}.json"
    if not path.exists():
        pytest.skip("../shared is absent: no recorded runs to compare with")
    cases: list[dict[str, Any]] = json.loads(path.read_text())["cases"]
    return cases


def _replay_keras(case: dict[str, Any], values: list[float], present: list[bool]) -> dict[str, Any]:
    settings = {key: value for key, value in case["settings"].items() if key not in UNUSED}
    goal = "min" if case["mode"] == "auto" else case["mode"]
    line = "3" if case["framework"] == "keras" else "2"
    if case["callback"] == "EarlyStopping":
        outcome = keras_replay.early_stopping(values, present, case["epochs"], goal=goal, line=line, **settings)
    else:
        outcome = keras_replay.model_checkpoint(values, present, goal=goal, line=line, **settings)
    return {
        "stop_epoch_index": outcome.stop,
        "best_epoch_index": outcome.best if settings.get("save_best_only", True) else None,
        "restored_index": outcome.restored,
        "kept_indices": list(outcome.kept),
        "saved_indices": list(outcome.saved),
        "reason": None,
    }


UNUSED = {"save_weights_only", "validation_freq", "initial_epoch"}


def _replay_lightning(case: dict[str, Any], values: list[float], present: list[bool]) -> dict[str, Any]:
    settings = case["settings"]
    stopping = settings.get("early_stopping") or (settings if "patience" in settings else None)
    saving = settings.get("model_checkpoint") or (settings if "save_top_k" in settings else None)
    every = (saving if saving and "check_val_every_n_epoch" in saving else settings)["check_val_every_n_epoch"]
    got: dict[str, Any] = {"stop_epoch_index": None, "restored_index": None, "reason": None, "message": None}
    got["last_run_index"] = len(values) - 1
    validated = [(place + 1) % every == 0 for place in range(len(values))]
    if stopping:
        at_end = stopping["check_on_train_epoch_end"]
        arguments = lightning_replay.Stopping(
            stopping["patience"],
            stopping["min_delta"],
            stopping["check_finite"],
            stopping["stopping_threshold"],
            stopping["divergence_threshold"],
            stopping["min_epochs"] or 0,
        )
        called = [True] * len(values) if (every == 1 if at_end is None else at_end) else validated
        stopped = lightning_replay.early_stopping(
            values, present, called, arguments, goal=case["mode"], monitor=case["monitor"]
        )
        got |= {"stop_epoch_index": stopped.stop, "reason": stopped.reason, "message": stopped.message}
        got |= {"last_run_index": stopped.last_run, "best_epoch_index": stopped.best}
        got["early_stopping_best_index"] = stopped.best
        run = slice((stopped.last_run or 0) + 1)
        values, present, validated = values[run], present[run], validated[run]
    if saving:
        held = lightning_replay.Saving(
            saving["save_top_k"],
            saving["every_n_epochs"] or 1,
            bool(saving["save_last"]),
            saving["monitor"],
        )
        kept = lightning_replay.model_checkpoint(values, present, validated, held, goal=case["mode"])
        got |= {"best_epoch_index": kept.best, "kept_indices": list(kept.kept), "last_index": kept.last}
    return got


def _replay_huggingface(case: dict[str, Any], values: list[float], present: list[bool]) -> dict[str, Any]:
    settings = case["settings"]
    greater = settings["greater_is_better"]
    outcome = huggingface_replay.replay(
        values,
        present,
        greater_is_better=huggingface_replay.greater_is_better(case["monitor"]) if greater is None else greater,
        save_strategy=settings["save_strategy"],
        save_every=settings["save_every"],
        save_total_limit=settings["save_total_limit"],
        early_stopping_patience=settings["early_stopping_patience"],
        early_stopping_threshold=settings["early_stopping_threshold"] or 0.0,
    )
    return {
        "best_epoch_index": outcome.best,
        "stop_epoch_index": outcome.stop,
        "restored_index": outcome.restored,
        "kept_indices": list(outcome.kept),
        "last_run_index": outcome.last_run,
        "reason": None,
    }


def _replay_ultralytics(case: dict[str, Any], values: list[float], present: list[bool]) -> dict[str, Any]:
    if "columns" in case:
        computed = ultralytics_replay.fitness({name: np.array(column) for name, column in case["columns"].items()})
        assert computed is not None
        assert computed.tolist() == values
    outcome = ultralytics_replay.replay(values, present, patience=case["settings"]["patience"])
    return {
        "best_epoch_index": outcome.best,
        "stop_epoch_index": outcome.stop,
        "restored_index": None,
        "kept_indices": list(outcome.kept),
        "stopper_best_index": outcome.stopper_best,
        "last_run_index": outcome.last_run,
        "reason": None,
    }


def _replay_ray(case: dict[str, Any], values: list[float], present: list[bool]) -> dict[str, Any]:
    settings, mode = case["settings"], case["mode"]
    got: dict[str, Any] = {"stop_epoch_index": None, "restored_index": None, "reason": None, "best_epoch_index": None}
    if case["callback"] == "get_best_trial":
        trials = [[_number(value) for value in trial] for trial in case["trials"]]
        for field, filtered in (("best_trial_index", True), ("best_trial_index_unfiltered", False)):
            got[field] = ray_replay.best_trial(trials, mode=mode, scope=settings["scope"], filter_nan_and_inf=filtered)
        return got
    order = settings["checkpoint_score_order"] if settings["checkpoint_score_attribute"] else None
    keep = settings["num_to_keep"]
    held = ray_replay.retained(values, num_to_keep=keep, checkpoint_score_order=order)
    got["kept_indices"] = sorted(held)
    got["best_epoch_index"] = ray_replay.best_checkpoint(values, held, num_to_keep=keep, mode=mode, method="analysis")
    got["result_best_index"] = ray_replay.best_checkpoint(values, held, num_to_keep=keep, mode=mode, method="result")
    return got


REPLAYS = {
    "keras": _replay_keras,
    "tf_keras": _replay_keras,
    "lightning": _replay_lightning,
    "huggingface": _replay_huggingface,
    "ultralytics": _replay_ultralytics,
    "ray": _replay_ray,
}


def _differences(framework: str) -> Iterable[tuple[str, str]]:
    for case in _cases(framework):
        values = [_number(value) for value in case["values"]]
        present = [value is not None for value in case["values"]]
        got = REPLAYS[framework](case, values, present)
        for field, expected in case["expected"].items():
            if got[field] != expected:
                yield case["id"], f"{case['id']} {field}: expected {expected}, got {got[field]}"


@pytest.mark.parametrize("framework", FILES)
def test_recorded_runs(framework: str) -> None:
    assert len(_cases(framework)) == FILES[framework]
    wrong = [line for case, line in _differences(framework) if case not in EXPLAINED]
    assert not wrong, "\n".join(wrong)


def test_explained_differences_are_differences() -> None:
    found = {case for framework in FILES for case, _ in _differences(framework)}
    assert set(EXPLAINED) <= found


# rule, values, goal, settings, index of the pick or None, words of its reason
PICKS: list[tuple[Any, list[float], str, dict[str, Any], int | None, str]] = [
    (keras, [3, 2, 2, 4], "min", {}, 1, "ModelCheckpoint"),
    (keras, [0.5, 0.9, 0.9], "max", {}, 1, "ModelCheckpoint"),
    (keras, [NAN, 2, 1], "min", {}, None, "epoch 0, where val_loss is nan"),
    (keras, [NAN, 2, 1], "min", {"line": "2"}, 2, "ModelCheckpoint"),
    (keras, [1, 1 - 1e-9], "min", {}, 0, "ModelCheckpoint"),
    (keras, [1, 1 - 1e-9], "min", {"line": "2"}, 1, "ModelCheckpoint"),
    (keras, [3, 2, 3, 3, 1], "min", {"patience": 2}, 1, "EarlyStopping(patience=2) restores"),
    (keras, [3, 2, 3, 3, 1], "min", {"patience": 3}, 4, "EarlyStopping"),
    (keras, [3, 2.9, 2.8, 1], "min", {"patience": 2, "min_delta": 0.5}, 0, "EarlyStopping"),
    (keras, [3, 2.9, 2.8, 1], "min", {"patience": 2, "min_delta": 0.5, "restore_best_weights": False}, 2, "keeps"),
    (keras, [1, 3, 2], "min", {"patience": 1, "start_from_epoch": 1}, 2, "EarlyStopping"),
    (keras, [3, 4], "min", {"initial_value_threshold": 1.0}, None, "nothing"),
    (lightning, [3, 2, 2, 4], "min", {}, 1, "best_model_path"),
    (lightning, [NAN, 2, 1], "min", {}, 2, "best_model_path"),
    (lightning, [NAN, NAN], "min", {}, None, "epoch 0, where val_loss is nan"),
    (lightning, [NAN, 2, 1], "min", {"patience": 3}, None, "is nan"),
    (lightning, [3, 2, 3, 1], "min", {"patience": 1}, 1, "best_model_path"),
    (lightning, [3, 2, 3, 1], "min", {"patience": 1, "min_epochs": 4}, 3, "best_model_path"),
    (lightning, [3, 2, 3, 1], "min", {"every_n_epochs": 3}, 2, "best_model_path"),
    (lightning, [3, 2, 1, 0], "min", {"patience": 9, "stopping_threshold": 1.5}, 2, "best_model_path"),
    (lightning, [3, 5, 1, 0], "min", {"patience": 9, "divergence_threshold": 4.0}, 0, "best_model_path"),
    (lightning, [3, 2], "min", {"save_top_k": 0}, None, "nothing"),
    (huggingface, [3, 2, 2, 4], "min", {}, 1, "load_best_model_at_end"),
    (huggingface, [NAN, 2, 1], "min", {}, 2, "load_best_model_at_end"),
    (huggingface, [3, 2, 3, 1], "min", {"early_stopping_patience": 1}, 1, "load_best_model_at_end"),
    (huggingface, [3, 2.9, 1], "min", {"early_stopping_patience": 1, "early_stopping_threshold": 0.5}, 1, "would load"),
    (huggingface, [3, 1, 2, 4], "min", {"save_strategy": "steps", "save_every": 3}, None, "no checkpoint"),
    (huggingface, [3, 1, 2, 4], "min", {"save_strategy": "best"}, 1, "would load"),
    (huggingface, [NAN, NAN], "min", {}, None, "nothing"),
    (ultralytics, [0.1, 0.5, 0.5, 0.2], "max", {}, 2, "last of equals"),
    (ultralytics, [NAN, 0.5], "max", {}, None, "nothing"),
    (ultralytics, [0.3, 0.2, 0.2, 0.9], "max", {"patience": 2}, 0, "best.pt"),
    (ultralytics, [0, 0, 0, 0.9], "max", {"patience": 2}, 3, "best.pt"),
    (ultralytics, [3, 2, 2, 4], "min", {}, 2, "best.pt"),
    (ray, [3, 2, 2, 4], "min", {}, 1, "get_best_checkpoint"),
    (ray, [NAN, 2, 1], "min", {}, 2, "get_best_checkpoint"),
    (ray, [NAN, 2, 1], "min", {"method": "result"}, None, "is nan"),
    (ray, [1, 3, 2], "min", {"num_to_keep": 2}, 2, "get_best_checkpoint"),
    (ray, [1, 3, 2], "min", {"num_to_keep": 2, "checkpoint_score_attribute": True}, 0, "get_best_checkpoint"),
]


def _label(value: Any) -> str | None:
    return value.__name__.rpartition(".")[2] if hasattr(value, "pick") else None


@pytest.mark.parametrize(("rule", "values", "goal", "settings", "index", "words"), PICKS, ids=_label)
def test_picks(rule: Any, values: list[float], goal: Any, settings: dict[str, Any], index: Any, words: str) -> None:
    answer: Pick = rule.pick(ask_of(values, goal), **settings)
    assert answer.index == index
    assert words in answer.reason


def test_the_stop_and_the_kept_epoch_are_evidence() -> None:
    answer = keras.pick(ask_of([3, 2, 3, 3, 1], epochs=[1, 2, 3, 4, 5]), patience=2)
    assert answer.evidence == {"stop_epoch": 4.0, "kept_epoch": 2.0}


@pytest.mark.parametrize(
    ("settings", "index", "kept"),
    [({}, None, 4.0), ({"filepath": "{epoch:02d}.keras"}, 1, 3.0), ({"line": "2"}, 1, 3.0)],
)
def test_keras_3_overwrites_the_best_at_an_epoch_without_validation(settings: Any, index: Any, kept: float) -> None:
    question = ask_of([2.0, 1.0], epochs=[1, 3], timeline=[-1, 0, -1, 1, -1])
    answer = keras.pick(question, **settings)
    assert answer.index == index
    assert answer.evidence["kept_epoch"] == kept


@pytest.mark.parametrize(
    ("epochs", "timeline", "evidence"),
    [
        ([1, 3], [-1, 0, -1, 1, -1], {"kept_epoch": 4.0}),
        ([1, 2], [-1, 0, -1, 1, -1], {"kept_place": 5.0}),
        ([NAN, NAN], [0, 1, -1], {"kept_place": 3.0}),
        ([NAN, NAN], [0, 1], {"kept_step": 20.0}),
    ],
)
def test_an_epoch_number_the_log_does_not_tell_is_not_made_up(epochs: Any, timeline: Any, evidence: Any) -> None:
    question = ask_of([2.0, 1.0], epochs=epochs, steps=[10, 20], timeline=timeline)
    assert keras.pick(question).evidence == evidence


def test_lightning_counts_validations_unless_told_to_check_every_epoch() -> None:
    question = ask_of([3.0, 4.0, 2.0], epochs=[1, 3, 5], timeline=[-1, 0, -1, 1, -1, 2])
    assert lightning.pick(question, patience=2).index == 2
    assert lightning.pick(question, patience=2, check_on_train_epoch_end=True).index == 0


def test_huggingface_skips_training_rows() -> None:
    question = ask_of([3.0, 4.0, 2.0], epochs=[0.5, 1.0, 1.5], timeline=[-1, 0, -1, -1, 1, -1, 2, -1])
    assert huggingface.pick(question, early_stopping_patience=2).index == 2
    assert huggingface.pick(question, save_strategy="steps", save_every=3).index == 2


@pytest.mark.parametrize(
    ("monitor", "goal", "index"), [("eval_wer", "min", 2), ("eval_loss", "min", 1), ("eval_f1", "max", 2)]
)
def test_huggingface_own_direction_maximises_what_does_not_end_in_loss(monitor: str, goal: Any, index: int) -> None:
    question = ask_of([0.3, 0.2, 0.9, 0.5], goal, monitor=monitor)
    assert huggingface.pick(question, own_direction=True).index == index
    assert huggingface.pick(question).index == (1 if goal == "min" else 2)


def test_an_epoch_that_is_not_allowed_is_no_answer() -> None:
    for rule in (keras, lightning, huggingface, ultralytics, ray):
        answer = rule.pick(ask_of([1.0, 2.0, 3.0], allowed=[False, True, True]))
        assert answer.index is None
        assert "epoch 0, which is not allowed" in answer.reason


MAP, MAP50 = "metrics/mAP50-95(B)", "metrics/mAP50(B)"


def test_ultralytics_fitness_comes_from_the_columns_not_the_monitor() -> None:
    columns = {MAP: [0.1, 0.3, 0.2], MAP50: [0.2, 0.4, 0.9], "metrics/mAP50-95(M)": [0.0, 0.0, 0.1]}
    both = ask_of([3.0, 2.0, 1.0], companions={name: columns[name] for name in (MAP, MAP50)})
    assert ultralytics.pick(both).index == 1
    assert ultralytics.pick(both, map50_weight=0.5).index == 2
    masks = ask_of([3.0, 2.0, 1.0], companions={name: columns[name] for name in (MAP, "metrics/mAP50-95(M)")})
    assert ultralytics.pick(masks).index == 2
    as_monitor = ask_of([0.2, 0.4, 0.9], "max", monitor=MAP50, companions={MAP: columns[MAP]})
    assert ultralytics.pick(as_monitor).index == 1
    assert ultralytics.pick(masks, map50_weight=0.5).index is None


# trials, scope, filtered → index of the best trial by lowest value
TRIALS: list[tuple[list[list[float]], Any, bool, int | None]] = [
    ([[NAN]], "last", True, 0),
    ([[NAN], [INF]], "last", True, None),
    ([[1, NAN], [3, 2]], "last", True, 1),
    ([[1, 3], [2, 2]], "last", True, 1),
    ([[1, 3], [2, 2]], "avg", True, 0),
    ([[1, 3], [2, 2]], "all", True, 0),
    ([[9, 1, 1, 1, 1, 1], [2, 2]], "last-5-avg", True, 0),
    ([[NAN, 1], [2]], "avg", False, 0),
]


@pytest.mark.parametrize(("trials", "scope", "filtered", "index"), TRIALS)
def test_ray_best_trial(trials: list[list[float]], scope: Any, filtered: bool, index: int | None) -> None:
    assert ray_replay.best_trial(trials, mode="min", scope=scope, filter_nan_and_inf=filtered) == index


@pytest.mark.parametrize("rule", [keras, lightning, huggingface, ultralytics, ray], ids=_label)
def test_a_question_without_a_timeline_has_every_candidate_as_an_epoch(rule: Any) -> None:
    assert rule.pick(ask_of([3.0, 1.0, 2.0], timeline=[])).index == 1
