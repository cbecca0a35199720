"""A log that tells which command wrote it, or whose columns begin as those of an answer, is a log."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

import selectmodel
from selectmodel.files import own_outputs

ROWS = [(epoch, 1 / epoch, 0.3 + abs(epoch - 4) / 10) for epoch in range(1, 8)]
HEADER = {"schema": 1, "command": "train", "version": "1.0"}


def lines(*first: object, more: dict[str, object]) -> str:
    rows = [{**more, "epoch": epoch, "loss": loss, "val_loss": val} for epoch, loss, val in ROWS]
    return "".join(f"{json.dumps(row)}\n" for row in (*first, *rows))


LOGS = {
    "log.jsonl": lines(more={}),
    "header.jsonl": lines(HEADER, more={}),
    "script.jsonl": lines({**HEADER, "command": "python train.py --lr 0.1"}, more={}),
    "each.jsonl": lines(more=dict(HEADER)),
    "log.csv": "checkpoint,epoch,gain,val_loss\n" + "".join(f"m{e}.pt,{e},{a},{b}\n" for e, a, b in ROWS),
}


@pytest.mark.parametrize("name", LOGS)
def test_it_is_read_and_judged(name: str, tmp_path: Path) -> None:
    log = tmp_path / name
    log.write_text(LOGS[name])
    for source in (log, tmp_path):
        assert selectmodel.recommend(source, metric="val_loss").recommended.epoch == 4


def test_every_kind_of_answer_is_known() -> None:
    schema = json.loads(resources.files("selectmodel").joinpath("answers.schema.json").read_text(encoding="utf-8"))
    kinds = {part["properties"]["command"]["const"] for part in schema["$defs"].values() if _answers(part)}
    assert kinds == set(own_outputs.KINDS)


def _answers(part: dict[str, object]) -> bool:
    properties = part.get("properties")
    return isinstance(properties, dict) and "const" in properties.get("command", {})
