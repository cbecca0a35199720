"""LLaMA-Factory's trainer_log.jsonl, ms-swift's logging.jsonl, and a model card's table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import selectmodel as sm
from selectmodel import registry
from selectmodel.errors import LogError
from selectmodel.files import discovery
from selectmodel.records import Run


def put(path: Path, rows: list[dict[str, Any]], end: str = "\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)) + end)
    return path


def values(run: Run, name: str) -> list[tuple[int, float, float]]:
    one = run.series[name]
    return [
        (int(step), float(epoch), float(value))
        for step, epoch, value in zip(one.steps, one.epochs, one.values, strict=True)
    ]


def state(folder: Path) -> Path:
    rows = [{"eval_loss": 0.5123456789, "epoch": 1.0, "step": 20}]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 20, "log_history": rows}))
    return folder


# LLaMA-Factory


def factory(step: int, **more: Any) -> dict[str, Any]:
    of_all = {"percentage": step * 2.5, "elapsed_time": "0:00:09", "remaining_time": "0:01:00"}
    return {"current_steps": step, "total_steps": 40, **more, "epoch": step / 16, **of_all}


FACTORY = [
    factory(10, loss=1.5, lr=0.1, accuracy=0.5),
    factory(20, loss=1.25, lr=0.05),
    factory(20, eval_loss=1.0),
    factory(30, loss=1.0, lr=0.025),
    factory(40, eval_loss=1.125),
    factory(40),
    factory(3, predict_loss=0.125),
]


def test_llama_factory(tmp_path: Path) -> None:
    run = sm.read(put(tmp_path / "trainer_log.jsonl", FACTORY))
    assert run.format == "llama_factory" and run.x_axis == "step"
    assert values(run, "eval_loss") == [(20, 1.25, 1.0), (40, 2.5, 1.125)]
    assert values(run, "loss") == [(10, 0.625, 1.5), (20, 1.25, 1.25), (30, 1.875, 1.0)]
    assert run.hints["accuracy"].split == "train" and run.hints["eval_loss"].split == "val"
    assert set(run.series) == {"loss", "eval_loss", "learning_rate", "accuracy"}
    assert run.notes == ()


def test_llama_factory_resumed_from_an_earlier_step(tmp_path: Path) -> None:
    again = [factory(20, loss=1.25, lr=0.05), factory(20, eval_loss=0.75), factory(40, eval_loss=0.5)]
    run = sm.read(put(tmp_path / "trainer_log.jsonl", [*FACTORY[:5], *again]))
    assert values(run, "eval_loss") == [(20, 1.25, 0.75), (40, 2.5, 0.5)]
    assert [note.code for note in run.notes if note.degrades] == ["SM105"]


def test_llama_factory_cut_in_its_last_line(tmp_path: Path) -> None:
    path = put(tmp_path / "trainer_log.jsonl", FACTORY[:5])
    path.write_bytes(path.read_bytes()[:-20])
    run = sm.read(path)
    assert values(run, "eval_loss") == [(20, 1.25, 1.0)]
    assert [note.code for note in run.notes] == ["SM101"]


def test_the_checkpoints_of_llama_factory_are_found(tmp_path: Path) -> None:
    put(tmp_path / "trainer_log.jsonl", FACTORY)
    for step in (20, 40):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}/adapter_model.safetensors").write_text("x")
    report = sm.recommend(sm.read(tmp_path))
    assert report.recommended.step == 20
    assert Path(str(report.recommended.checkpoint)).name == "checkpoint-20"


# ms-swift


def swift(step: int, **more: Any) -> dict[str, Any]:
    return {
        **more,
        "memory(GiB)": 3.5,
        "train_speed(s/it)": 0.5,
        "epoch": step / 16,
        "global_step/max_steps": f"{step}/40",
    }


SWIFT = [
    swift(10, loss=1.5, token_acc=0.5, learning_rate=0.1),
    swift(20, eval_loss=1.0, eval_token_acc=0.75, eval_runtime=2.0),
    swift(40, eval_loss=1.125, eval_token_acc=0.5, eval_runtime=2.0),
    swift(40, train_runtime=9.0, train_loss=1.25, total_flos=1.0),
    {
        "last_model_checkpoint": "/o/v0-1/checkpoint-40", "best_model_checkpoint": "/o/v0-1/checkpoint-20",
        "best_metric": 1.0, "global_step": 40, "memory": 3.5,
        "log_history": [{"eval_loss": 0.001, "epoch": 1.25, "step": 20}],
    },
]  # fmt: skip


def test_ms_swift(tmp_path: Path) -> None:
    run = sm.read(put(tmp_path / "logging.jsonl", SWIFT))
    assert run.format == "ms_swift" and run.x_axis == "step" and run.notes == ()
    assert values(run, "eval_loss") == [(20, 1.25, 1.0), (40, 2.5, 1.125)]
    assert set(run.series) == {"loss", "token_acc", "learning_rate", "eval_loss", "eval_token_acc"}
    best = run.recorded
    assert best is not None and (best.metric, best.value, best.step) == ("eval_loss", 1.0, 20)


@pytest.mark.parametrize("axis", ["global_step", "iteration"])
def test_other_versions_of_ms_swift(tmp_path: Path, axis: str) -> None:
    told = {"global_step": lambda text: int(text.split("/")[0]), "iteration": str}[axis]
    rows = [{**one, axis: told(one["global_step/max_steps"])} for one in SWIFT[:3]]
    for one in rows:
        del one["global_step/max_steps"]
    run = sm.read(put(tmp_path / "logging.jsonl", rows))
    assert run.format == "ms_swift"
    assert values(run, "eval_loss") == [(20, 1.25, 1.0), (40, 2.5, 1.125)]


def test_a_step_that_is_no_number_is_refused(tmp_path: Path) -> None:
    rows = [*SWIFT[:3], {**swift(40, eval_loss=0.5), "global_step/max_steps": "?/40"}]
    run = sm.read(put(tmp_path / "logging.jsonl", rows))
    assert values(run, "eval_loss") == [(20, 1.25, 1.0), (40, 2.5, 1.125)]
    assert [note.code for note in run.notes] == ["SM104"]


def test_a_log_of_the_closing_object_alone_holds_no_rows(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no epochs logged yet"):
        sm.read(put(tmp_path / "logging.jsonl", [{**SWIFT[-1], "memory(GiB)": 1.0}]))


@pytest.mark.parametrize(("name", "rows"), [("trainer_log.jsonl", FACTORY), ("logging.jsonl", SWIFT)])
def test_the_state_is_read_where_both_are_there(tmp_path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    put(tmp_path / "out" / name, rows)
    state(tmp_path / "out/checkpoint-20")
    (found,) = discovery.find(tmp_path)
    assert found.reader == "hf_trainer"


# Model cards

CARD = """---
library_name: transformers
tags:
- generated_from_trainer
---

# bert-finetuned

It achieves the following results on the evaluation set:
- Loss: 0.4321

### Training results

| Training Loss | Epoch | Step | Validation Loss | Accuracy |
|:-------------:|:-----:|:----:|:---------------:|:--------:|
| No log        | 0.5   | 100  | 0.5321          | 0.81     |
| 0.4           | 1.0   | 200  | 0.4321          | 0.86     |
| **0.2**       | 1.5   | 300  | 0.4821          | 0.85     |


### Framework versions

| Name | Version |
|---|---|
| Transformers | 4.40 |
"""


def test_a_model_card(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    run = sm.read(tmp_path)
    assert run.format == "model_card" and run.notes == ()
    assert values(run, "Validation Loss") == [(100, 0.5, 0.5321), (200, 1.0, 0.4321), (300, 1.5, 0.4821)]
    assert values(run, "Training Loss") == [(200, 1.0, 0.4), (300, 1.5, 0.2)]
    report = sm.recommend(run)
    assert report.monitor.name == "Accuracy" and report.monitor.split == "val" and report.recommended.step == 200


def test_a_card_gives_way_to_the_state(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    state(tmp_path / "checkpoint-20")
    (found,) = discovery.find(tmp_path)
    assert found.reader == "hf_trainer"


@pytest.mark.parametrize("card", [CARD.partition("# bert")[2], CARD.partition("### Training results")[0]])
def test_a_text_without_metadata_or_table_is_no_card(card: str) -> None:
    assert registry.load("readers", "model_card").sniff(Path("README.md"), card.encode()) == 0


def test_a_damaged_row_of_a_card_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD.replace("| 0.4           | 1.0 ", "| 0.4           "))
    run = sm.read(tmp_path)
    assert values(run, "Validation Loss") == [(100, 0.5, 0.5321), (300, 1.5, 0.4821)]
    assert [note.code for note in run.notes] == ["SM102"]
