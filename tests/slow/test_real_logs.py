"""Logs that frameworks and other people wrote, end to end: read, recommend, and compare with an independent reading.

The independent findings are ``expert`` in the manifest of the public logs, Python's csv module for samples of tables,
and the tensorboard package for event files.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from places import ROOT, SHARED

import selectmodel as sm
from selectmodel.errors import ChoiceError, LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.files.found_run import Found
from selectmodel.metrics import meaning
from selectmodel.records import Run
from selectmodel.selection.report import Report

if not SHARED.is_dir():
    pytest.skip("../shared is absent", allow_module_level=True)
LOGS = SHARED / "real_logs"
MANIFEST = json.loads((LOGS / "manifest.json").read_text(encoding="utf-8"))
TABLES = {
    entry["local"]: entry
    for entry in MANIFEST
    if entry["format"] in ("keras_csv", "lightning_csv") and not entry["local"].endswith(".yaml")
}
Points = list[tuple[int, float]]


def chosen(run: Run, metric: str, goal: str) -> Report:
    return sm.recommend(run, metric=f"{metric}:{goal}", rule="best", best={"ties": "first"}, checkpoints="off")


# ---- public tables: against the manifest


@pytest.mark.parametrize("local", TABLES)
def test_public_tables_agree_with_the_manifest(local: str) -> None:
    file = LOGS / local
    if not TABLES[local]["bytes"]:
        with pytest.raises(LogError, match="is empty"):
            sm.read(file)
        return
    expert = TABLES[local]["expert"]
    best = expert.get("best_within_fit") or expert["best"]
    run = sm.read(file)
    if not best:
        with pytest.raises(ChoiceError, match=r"no validation values(.|\n)*--metric train_acc_step:max"):
            sm.recommend(run)
        return
    assert {expert[key]["metric"] for key in ("lowest_val_loss", "best_val_accuracy") if key in expert} <= set(best)
    for metric, found in best.items():
        pick = chosen(run, metric, found["direction"]).recommended
        assert pick.values[metric] == found["value"], metric
        assert pick.epoch == found["at"]["epoch"], metric
        assert pick.step == found["at"].get("step"), metric
    assert sm.recommend(run).recommended.index is not None


def test_the_manifest_is_not_compared_in_vain() -> None:
    experts = [entry["expert"] for entry in TABLES.values() if entry["bytes"]]
    assert len(experts) == 67
    assert sum(len(expert.get("best_within_fit") or expert["best"]) for expert in experts) == 141


# ---- samples of tables: against the csv module

#: Sample → metrics to judge by, with their goals.
SAMPLES: dict[str, list[tuple[str, str]]] = {
    "keras_csvlogger/plain/training.log": [("val_loss", "min"), ("val_accuracy", "max")],
    "keras_csvlogger/semicolon/training.csv": [("val_loss", "min")],
    "keras_csvlogger/nan_inf/training.csv": [("val_loss", "min")],
    "keras_csvlogger/validation_freq2/training.csv": [("val_loss", "min"), ("val_accuracy", "max")],
    "keras_csvlogger/auto_suffixed_names/training.csv": [("val_loss", "min")],
    "keras_csvlogger/append_initial_epoch/training.csv": [("val_loss", "min")],
    "lightning_csv/basic/lightning_logs/version_0/metrics.csv": [("val_loss", "min"), ("val/acc", "max")],
    "lightning_csv/basic/lightning_logs/version_1/metrics.csv": [("val_loss", "min")],
    "lightning_csv/check_val_every2/lightning_logs/version_0/metrics.csv": [("val_loss", "min")],
    "lightning_csv/nan/lightning_logs/version_0/metrics.csv": [("val_loss", "min")],
    "lightning_csv/val_check_interval_half/lightning_logs/version_0/metrics.csv": [("val_loss", "min")],
    "lightning_csv/slash_and_noauto/exp/myrun/metrics.csv": [("val_loss", "min"), ("val/acc", "max")],
    "fastai/history.csv": [("valid_loss", "min"), ("accuracy", "max")],
    "fastai/history_append.csv": [("valid_loss", "min")],
    "timm/run/summary.csv": [("eval_loss", "min"), ("eval_top1", "max")],
    "ultralytics/train/results.csv": [("metrics/mAP50-95(B)", "max"), ("val/box_loss", "min")],
    "ultralytics_old/v8.0.100_epoch0_results.csv": [("metrics/mAP50-95(B)", "max")],
    "ultralytics_old/yolov5_results.csv": [("metrics/mAP_0.5:0.95", "max"), ("val/box_loss", "min")],
}


def rows(file: Path, metric: str) -> list[tuple[float, float]]:
    """(epoch, value) of each finite cell of a column, by the csv module alone; repeated headers are passed over."""
    lines = file.read_text(encoding="utf-8").splitlines()
    header, *table = csv.reader(lines, delimiter=";" if ";" in lines[0] else ",")
    epoch, cell = (next(i for i, name in enumerate(header) if name.strip() == wanted) for wanted in ("epoch", metric))
    pairs = [(float(row[epoch]), row[cell].strip()) for row in table if row != header and row[cell]]
    numbers = [(at, float(text)) for at, text in pairs if text not in ("", "NA")]
    return [(at, value) for at, value in numbers if math.isfinite(value)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_of_tables(sample: str) -> None:
    file = SHARED / "samples" / sample
    run = sm.read(file)
    for metric, goal in SAMPLES[sample]:
        pick = chosen(run, metric, goal).recommended
        best = (min if goal == "min" else max)(rows(file, metric), key=lambda row: row[1])
        assert (pick.epoch, pick.values[metric]) == best, metric


def test_a_restarted_sample_is_judged_by_its_last_training() -> None:
    file = SHARED / "samples/keras_csvlogger/append_restart0/training.csv"
    run = sm.read(file)
    assert [note.code for note in run.notes] == ["SM106"]
    first, last = (
        min(part, key=lambda row: row[1]) for part in (rows(file, "val_loss")[:3], rows(file, "val_loss")[-3:])
    )
    for judged, expected in ((run, last), (sm.read(file, segment=1), first)):
        best = sm.recommend(judged, aim="loss").recommended
        assert (best.epoch, best.values["val_loss"]) == expected


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("keras_csvlogger/no_validation_NA/training.csv", ChoiceError, "--metric accuracy:max"),
        ("keras_csvlogger/terminate_on_nan/training.csv", LogError, "no metric is ever finite"),
        ("torch_summarywriter/no_step", SelectModelError, "--index row"),
        ("hf_trainer/nan/runs", ChoiceError, "--metric eval/accuracy"),
        ("keras_history_json/history.pkl", LogError, "pickle"),
    ],
)
def test_samples_that_cannot_be_judged_as_they_are(sample: str, error: type[SelectModelError], words: str) -> None:
    with pytest.raises(error) as raised:
        sm.recommend(sm.read(SHARED / "samples" / sample))
    assert words in str(raised.value)


# ---- event files: against the tensorboard package

#: Folder → series for which the tensorboard package shows other points, and why ours are right.
EXPLAINED: dict[str, tuple[set[str], str]] = {
    "samples/hf_trainer/epoch_best_acc/runs": (
        {"eval/runtime", "eval/samples_per_second", "eval/steps_per_second"},
        "evaluate() after the training logs once more at the last step; the point of the training is kept (SM138)",
    ),
    "samples/torch_summarywriter/corrupt_bad_data_crc": (
        {"Loss/train", "Loss/val"},
        "the package stops at the first record with a wrong checksum; only that record is lost (SM132)",
    ),
}
#: What the package reads and the run leaves out is told by one of these notes.
LEFT_OUT = {"SM138", "SM139", "SM140"}


def event_runs() -> dict[str, Found]:
    """Every run of event files, but for two that need a flag to be read (see the tests beside this one)."""
    unread = {"samples/torch_summarywriter/no_step", "real_logs/tensorboard/root-master__DenseNet-Kaggle-Planet/logs"}
    found = {}
    beside_states = (SHARED / "samples" / "hf_trainer").glob("*/runs")  # whose folders are read by their states
    for folder in [*(SHARED / "samples").iterdir(), *(LOGS / "tensorboard").iterdir(), *beside_states]:
        if next(folder.rglob("*tfevents*"), None) and folder.name != "pierluigiferrari__ssd_keras":
            for item in discovery.find(folder):
                if item.reader == "tensorboard":
                    found[item.source.path.relative_to(SHARED).as_posix()] = item
    return {place: item for place, item in sorted(found.items()) if place not in unread}


def by_tensorboard(file: Path) -> dict[str, Points]:
    """(step, value) by tag, as the tensorboard package reads one file."""
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    make_ndarray = pytest.importorskip("tensorboard.util.tensor_util").make_ndarray
    found: dict[str, Points] = {}
    for event in loading.EventFileLoader(str(file)).Load():
        for value in event.summary.value:
            if value.metadata.plugin_data.plugin_name == "scalars" or value.tag in found:
                found.setdefault(value.tag, []).append((event.step, float(make_ndarray(value.tensor).item())))
    return found


def standing(points: Points) -> Points:
    """Points that no later one at the same or an earlier step has replaced."""
    kept: Points = []
    for point in points:
        while kept and kept[-1][0] >= point[0]:
            kept.pop()
        kept.append(point)
    return kept


def same(ours: Points, theirs: Points) -> bool:
    return [step for step, _ in ours] == [step for step, _ in theirs] and np.array_equal(
        [value for _, value in ours], [value for _, value in theirs], equal_nan=True
    )


EVENT_RUNS = event_runs()


@pytest.mark.parametrize("place", EVENT_RUNS)
def test_event_files_agree_with_the_tensorboard_package(place: str) -> None:
    found = EVENT_RUNS[place]
    run, top = found.read(), found.source.path
    theirs: dict[tuple[str, str], Points] = {}
    for file in found.source.paths:
        for tag, points in by_tensorboard(file).items():
            theirs.setdefault((file.parent.relative_to(top).as_posix(), tag), []).extend(points)
    meanings = meaning.understand(run.series, run.hints)
    differ, seen = set(), set()
    for name, series in run.series.items():
        keys = [key for key in theirs if name in (key[1], f"{key[0]}/{key[1]}", key[0])]
        ours = list(zip(series.steps.tolist(), series.values.tolist(), strict=True))
        twin = next((key for key in keys if same(ours, standing(theirs[key]))), None)
        seen.update(keys)
        if twin is None:
            differ.add(name)
        elif meanings[name].split == "val":
            check_best(run, name, standing(theirs[twin]))
    assert differ == EXPLAINED.get(place, (set(), ""))[0]
    assert seen == set(theirs) or LEFT_OUT & {note.code for note in run.notes}


def check_best(run: Run, metric: str, points: Points) -> None:
    """The best of a metric, whichever way is better, is where the other reading has it."""
    finite = [(step, value) for step, value in points if math.isfinite(value)]
    for goal, best in (("min", min), ("max", max)):
        if finite:
            report = chosen(run, metric, goal)
            assert report.recommended.index is not None
            step = int(report.question.steps[report.recommended.index])
            assert (step, report.recommended.values[metric]) == best(finite, key=lambda point: point[1])


def test_event_files_are_not_compared_in_vain() -> None:
    assert len(EVENT_RUNS) == 62
    assert set(EXPLAINED) <= set(EVENT_RUNS)


def test_three_trainings_in_one_folder_of_events() -> None:
    folder = LOGS / "tensorboard/root-master__DenseNet-Kaggle-Planet/logs"
    with pytest.raises(ChoiceError, match="--segment 1"):
        sm.read(folder)
    segments = [sm.read(folder, segment=number) for number in (1, 2, 3)]
    assert [set(run.series) == set(segments[0].series) for run in segments] == [True] * 3


# ---- folders

#: Folder below ../shared → how many runs it holds; 0 where nothing in it is a format that is read.
RUNS = {
    "samples/catboost": 1,
    "samples/detectron2": 1,
    "samples/dvclive_run": 1,
    "samples/fastai": 3,
    "samples/gbm_evals_result": 4,
    "samples/gbm_text": 2,
    "samples/hf_trainer": 4,
    "samples/keras_csvlogger": 11,
    "samples/keras_history_json": 2,
    "samples/keras_stdout": 2,
    "samples/keras_tensorboard": 4,
    "samples/lightning_csv": 9,
    "samples/lightning_tb": 1,
    "samples/lightning_tb_hpmetric": 1,
    "samples/mlflow_filestore": 2,
    "samples/mlflow_filestore_selfmalformed": 1,
    "samples/mlflow_sqlite": 1,
    "samples/mmengine": 2,
    "samples/nnunet_reconstructed": 1,
    "samples/spacy": 1,
    "samples/tb_tf1_filewriter": 1,
    "samples/timm": 1,
    "samples/torch_summarywriter": 14,
    "samples/trackio_store": 1,
    "samples/ultralytics": 3,
    "samples/ultralytics_old": 3,
    "samples/wandb_offline": 1,
    "real_logs/detectron2_json": 1,
    "real_logs/hf_trainer_state": 1,
    "real_logs/jsonl": 2,
    "real_logs/keras_csv": 25,
    "real_logs/lightning_csv": 42,
    "real_logs/mlflow": 1,
    "real_logs/mmdet_json": 14,
    "real_logs/other_json": 0,
    "real_logs/tensorboard": 39,
    "real_logs/wandb": 2,
}


def test_the_table_of_folders_is_complete() -> None:
    folders = [path for top in ("samples", "real_logs") for path in (SHARED / top).iterdir() if path.is_dir()]
    assert {path.relative_to(SHARED).as_posix() for path in folders} == set(RUNS)


@pytest.mark.parametrize("folder", RUNS)
def test_folders_hold_the_expected_runs(folder: str) -> None:
    if not RUNS[folder]:
        with pytest.raises(LogError, match="holds no training log"):
            sm.discover(SHARED / folder)
        return
    found = discovery.find(SHARED / folder)
    assert len(found) == RUNS[folder]
    assert len({item.name for item in found}) == len(found)
    runs = sm.discover(SHARED / folder, errors="skip")
    for run in runs:
        try:
            report = sm.recommend(run)
        except SelectModelError as failure:
            assert "--metric" in str(failure) or "no metric is ever finite" in str(failure)
        else:
            json.dumps(report.to_dict(), allow_nan=False)


def test_every_shared_file_reads_or_says_why_not() -> None:
    """Whatever the format: a run, or a refusal of our own."""
    read = refused = 0
    for file in sorted([*(SHARED / "samples").rglob("*"), *LOGS.rglob("*")]):
        if file.is_file():
            try:
                sm.read(file)
                read += 1
            except SelectModelError as failure:
                assert file.name in str(failure) or str(file.parent) in str(failure)
                refused += 1
    assert read > 150
    assert refused > 150


# ---- the same training in two formats

SAMPLE_LOGS = ROOT / "sample_logs"
#: Case → the two logs, the folder of the checkpoints, rules that cannot answer alike.
PAIRS: dict[str, tuple[Path, Path, Path | None, set[str]]] = {
    "keras": (
        SAMPLE_LOGS / "keras/overfitting.csv",
        SAMPLE_LOGS / "keras_tensorboard/overfitting",
        SAMPLE_LOGS / "keras/overfitting_checkpoints",
        set(),
    ),
    "lightning": (
        SAMPLE_LOGS / "lightning/overfitting",
        SAMPLE_LOGS / "lightning_tensorboard/overfitting",
        SAMPLE_LOGS / "lightning/overfitting/version_0/checkpoints",
        set(),
    ),
    "by hand": (SAMPLE_LOGS / "generic/plateau.csv", SAMPLE_LOGS / "summarywriter/plateau", None, set()),
    "public": (
        LOGS / "keras_csv/GYQ-AI__Distributed-training-basline-demo-using-TF2.0/logs/log.csv",
        LOGS / "tensorboard/GYQ-AI__Distributed-training-basline-demo-using-TF2.0/logs",
        None,
        {"gap"},  # the events of the training split were not published
    ),
}


@pytest.mark.parametrize("case", PAIRS)
def test_a_training_gives_the_same_answer_from_text_and_from_events(case: str) -> None:
    text, events, checkpoints, unlike = PAIRS[case]
    folder = str(checkpoints or "off")
    ours, theirs = (sm.recommend(sm.read(log), checkpoints=folder) for log in (text, events))
    for rule, pick in ours.picks.items():
        if rule in unlike:
            continue
        other = theirs.picks[rule]
        assert (other.index, other.checkpoint) == (pick.index, pick.checkpoint), rule
        assert other.epoch in (pick.epoch, None), rule
        assert other.epoch is not None or other.step == pick.epoch, rule
    assert (ours.best_saved is None) == (theirs.best_saved is None)
    assert [ours.label(i) for i in ours.as_good_as] == [theirs.label(i) for i in theirs.as_good_as]
    assert case != "keras" or ours.recommended.checkpoint is not None


@pytest.mark.parametrize(
    ("log", "overfits"),
    [
        ("oarriaga__face_classification/src/attention_training.log", True),
        ("oarriaga__face_classification/src/training.log", True),
        ("oarriaga__face_classification/src/log_files/emotion_training.log", False),
        ("oarriaga__face_classification/src/log_files/gender_training.log", False),
        ("oarriaga__face_classification/gender/training.log", False),
        ("oarriaga__face_classification/old_code/training.log", False),
        ("oarriaga__face_classification/trained_models/emotion_models/emotion_training.log", False),
        ("oarriaga__face_classification/trained_models/emotion_models/fer2013_emotion_training.log", False),
        ("4hmetcakmak__BraTS2020CapstoneProject/training.log", False),
        ("pierluigiferrari__ssd_keras/ssd7_training_log_unpr.csv", False),
        ("pierluigiferrari__ssd_keras/ssd7_training_log_pru.csv", False),
    ],
)
def test_overfitting_is_found_where_a_person_sees_it(log: str, overfits: bool) -> None:
    report = sm.recommend(sm.read(LOGS / "keras_csv" / log), checkpoints="off")
    assert ("overfitting" in {finding.check for finding in report.findings}) == overfits
