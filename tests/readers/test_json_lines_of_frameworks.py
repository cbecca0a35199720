"""JSON lines of OpenMMLab, detectron2, DETR and spaCy: what their rows are of, and which of them are validation."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from places import SHARED

from selectmodel.files import choose_run, discovery
from selectmodel.records import Run


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> Run:
    return choose_run.choose(path, discovery.find(path)).read()


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def train(epoch: int, at: int, loss: float) -> dict[str, Any]:
    return {"lr": 0.1, "data_time": 0.5, "loss": loss, "time": 0.5, "epoch": epoch, "iter": at, "step": at}


def test_a_validation_of_mmengine_is_of_the_epoch_that_its_step_names(tmp_path: Path) -> None:
    path = written(tmp_path / "run" / "20260101_000000" / "vis_data" / "scalars.json",
                   train(1, 8, 0.9), train(1, 16, 0.5), {"acc": 50.0, "data_time": 0.1, "step": 1},
                   train(2, 24, 0.4), train(2, 32, 0.25), {"acc": 75.0, "data_time": 0.1, "step": 2})  # fmt: skip
    (path.parent / "20260101_000000.json").write_bytes(path.read_bytes())
    (found,) = discovery.find(tmp_path)
    run = found.read()
    assert found.name == "run/20260101_000000" and run.format == "mmengine" and run.x_axis == "epoch"
    assert points(run, "acc") == [(1, 50.0), (2, 75.0)] and points(run, "loss") == [(1, 0.5), (2, 0.25)]
    assert run.hints["acc"].split == "val" and run.hints["loss"].split == "train" and not run.notes


def test_a_validation_by_iterations_is_of_its_iteration(tmp_path: Path) -> None:
    rows = [train(1, 500, 0.5), {"mIoU": 50.0, "data_time": 0.1, "step": 500},
            train(1, 1000, 0.25), {"mIoU": 75.0, "data_time": 0.1, "step": 1000}]  # fmt: skip
    run = read(written(tmp_path / "scalars.json", *rows))
    assert points(run, "mIoU") == [(500, 50.0), (1000, 75.0)] and run.x_axis == "step"


def test_mmcv_tells_the_mode_and_minus_one_is_of_no_objects(tmp_path: Path) -> None:
    path = written(tmp_path / "20210101_000000.log.json", {"env_info": "x"},
                   {"mode": "train", "epoch": 1, "iter": 50, "lr": 0.1, "loss": 0.5},
                   {"mode": "val", "epoch": 1, "iter": 70, "lr": 0.1, "bbox_mAP": 0.25, "bbox_mAP_s": -1.0},
                   {"mode": "val", "epoch": 2, "iter": 70, "lr": 0.1, "bbox_mAP": 0.5, "bbox_mAP_s": 0.5})  # fmt: skip
    run = read(path)
    assert points(run, "bbox_mAP") == [(1, 0.25), (2, 0.5)] and points(run, "bbox_mAP_s") == [(2, 0.5)]


def test_a_resumed_run_of_openmmlab_is_offered_and_read_as_one(tmp_path: Path) -> None:
    for name, epochs in (("20260101_000000", (1, 2)), ("20260102_000000", (3, 4))):
        rows = [
            row
            for epoch in epochs
            for row in (train(epoch, 8 * epoch, 1 / epoch), {"acc": 10.0 * epoch, "step": epoch})
        ]
        written(tmp_path / name / "vis_data" / "scalars.json", *rows)
    found = discovery.find(tmp_path)
    run = choose_run.choose(tmp_path, found, [item.name for item in found]).read()
    assert points(run, "acc") == [(1, 10.0), (2, 20.0), (3, 30.0), (4, 40.0)]


def test_the_evaluations_of_detectron2_are_validation(tmp_path: Path) -> None:
    path = written(tmp_path / "metrics.json", {"iteration": 19, "total_loss": 1.5, "eta_seconds": 1.0},
                   {"iteration": 19, "bbox/AP": 25.0, "bbox/AP-rare": math.nan},
                   {"iteration": 39, "total_loss": 1.25, "eta_seconds": 0.5},
                   {"iteration": 39, "bbox/AP": 50.0})  # fmt: skip
    run = read(path)
    assert points(run, "bbox/AP") == [(19, 25.0), (39, 50.0)] and points(run, "total_loss") == [(19, 1.5), (39, 1.25)]
    assert run.hints["bbox/AP"].split == "val" and "total_loss" not in run.hints


def test_what_detr_calls_test_is_its_validation(tmp_path: Path) -> None:
    rows = [{"epoch": epoch, "n_parameters": 3, "train_loss": 1.0, "test_loss": 2.0 - epoch / 2,
             "test_coco_eval_bbox": [0.25 * epoch, 0.5 * epoch, 0.1]} for epoch in (0, 1)]  # fmt: skip
    run = read(written(tmp_path / "log.txt", *rows))
    assert points(run, "test_coco_eval_bbox/AP50") == [(0, 0.0), (1, 0.5)] and run.hints["test_loss"].split == "val"
    assert "n_parameters" not in run.series


def test_spacys_scores_are_of_dev_data(tmp_path: Path) -> None:
    rows = [{"epoch": 0, "step": step, "losses": {"ner": 1.0}, "scores": {"ents_f": 50.0 + step}, "score": 0.5}
            for step in (0, 200)]  # fmt: skip
    run = read(written(tmp_path / "training_log.jsonl", *rows))
    assert points(run, "scores/ents_f") == [(0, 50.0), (200, 250.0)]
    assert run.hints["score"].goal == "max" and run.hints["losses/ner"].split == "train"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
@pytest.mark.parametrize("form", ["mmdet_json", "jsonl"])
def test_the_best_of_public_logs_is_what_an_independent_script_found(form: str) -> None:
    manifest = json.loads((SHARED / "real_logs" / "manifest.json").read_text())
    checked = 0
    for entry in manifest:
        expert = entry.get("expert", {})
        if entry["format"] != form or not entry["local"].endswith((".json", ".txt")) or not expert.get("best"):
            continue
        run = discovery.find(SHARED / "real_logs" / entry["local"])[0].read()
        for name, best in expert["best"].items():
            if name in run.series and best["value"] != -1:
                values = run.series[name].values
                extreme = values.min() if expert["val_metrics"][name] == "min" else values.max()
                assert extreme == pytest.approx(best["value"], abs=1e-12), (entry["local"], name)
                checked += 1
    assert checked > 40
