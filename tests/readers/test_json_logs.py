"""JSON lines, and one JSON text of lists or rows: as they are written, damaged, and in every orientation."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SHARED

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.readers import json_history, json_lines
from selectmodel.readers.objects import json_text, rows
from selectmodel.records import Run
from selectmodel.source import ReadOptions, Source

HISTORY = {"loss": [1.0, 0.5, 0.25], "val_loss": [1.5, 1.25, 1.75]}
FRAME = pd.DataFrame(HISTORY).rename_axis("epoch")


def of_lines(text: str, **options: Any) -> Run:
    path = Path("-")
    return json_lines.read(Source(path, (path,), "run", ReadOptions(**options), text.encode()))


def of_text(content: Any) -> Run:
    path = Path("-")
    text = content if isinstance(content, str) else json.dumps(content)
    return json_history.read(Source(path, (path,), "run", data=text.encode()))


def points(run: Run, name: str) -> list[tuple[float, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def codes(run: Run) -> set[str]:
    return {note.code for note in run.notes}


@pytest.mark.parametrize("orient", ["columns", "index", "split", "records", "table"])
def test_every_orientation_of_pandas_is_the_same_history(orient: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    FRAME.reset_index().to_json(path, orient=orient) if orient != "index" else FRAME.to_json(path, orient=orient)
    for place in (path, tmp_path):
        (found,) = discovery.find(place)
        assert points(found.read(), "val_loss") == [(0, 1.5), (1, 1.25), (2, 1.75)]


@pytest.mark.parametrize(
    "content",
    [
        HISTORY,
        {"history": HISTORY, "epoch": [0, 1, 2], "params": {"epochs": 3}},
        {**HISTORY, "best_epoch": 1, "name": "x"},
        {"config": {"lr": 0.1}, "metrics": [{"epoch": at, "val_loss": v} for at, v in enumerate(HISTORY["val_loss"])]},
        [{"epoch": at, "val": {"loss": v}} for at, v in enumerate(HISTORY["val_loss"])],
    ],
)
def test_what_people_write_of_a_history_is_read(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_text(json.dumps(content, indent=1))
    run = discovery.find(path)[0].read()
    name = "val/loss" if "val/loss" in run.series else "val_loss"
    assert points(run, name) == [(0, 1.5), (1, 1.25), (2, 1.75)]


def test_a_list_of_another_length_is_never_laid_beside_the_epochs() -> None:
    run = of_text({"loss": [1, 2, 3], "val_loss": [1, 2, 3], "val_f1": [0.5]})
    assert "SM194" in codes(run) and run.degraded and set(run.series) == {"loss", "val_loss"}
    with pytest.raises(LogError, match=r"val_loss \(2\); write null where there is no value|val_loss \(2\)"):
        of_text({"loss": [1, 2, 3, 4], "acc": [1, 2, 3, 4], "val_loss": [2, 1]})


def test_what_is_no_history_is_left_alone(tmp_path: Path) -> None:
    for name, content in {"a": {"layers": [64, 32]}, "b": {"loss": "mse"}, "c": [1, 2], "d": {"epoch": 3}}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    with pytest.raises(LogError, match="holds no training log"):
        discovery.find(tmp_path)


@pytest.mark.parametrize("text", ['{"loss": [1, 2', '{"loss": [1], "loss": [2]}', "[" * 100_000, '{"a": ' + "9" * 5000])
def test_a_damaged_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(LogError, match="-: "):
        of_text(text)


def test_training_and_evaluation_lines_of_a_step_are_one_row() -> None:
    run = of_lines(
        '{"step": 10, "loss": 0.5}\n{"step": 20, "loss": 0.25, "time": 1}\n{"step": 20, "eval_loss": 1.5, "time": 2}\n'
    )
    assert points(run, "loss") == [(10, 0.5), (20, 0.25)] and points(run, "eval_loss") == [(20, 1.5)]
    assert not run.notes


def test_a_line_may_lack_its_epoch_where_it_has_a_step() -> None:
    run = of_lines('{"step": 1, "epoch": 0.5, "eval_loss": 2}\n{"step": 2, "eval_loss": 1}\n')
    first, second = run.series["eval_loss"].epochs.tolist()
    assert first == 0.5 and math.isnan(second)


def test_numbers_in_texts_are_numbers_and_other_texts_are_none() -> None:
    run = of_lines('{"epoch": 1, "val_loss": "NaN"}\n{"epoch": 2, "val_loss": "0.5"}\n{"epoch": 3, "val_loss": true}\n')
    (_, nan), (second, half) = points(run, "val_loss")
    assert math.isnan(nan) and (second, half) == (2, 0.5) and "SM109" in codes(run) and run.degraded


def test_a_cut_line_waits_a_damaged_one_degrades_and_messages_are_skipped() -> None:
    whole = '{"epoch": 1, "val_loss": 2.0}\n{"epoch": 2, "val_loss": 1.0}\n'
    cut = of_lines(whole + '{"epoch": 3, "val_lo')
    assert codes(cut) == {"SM101"} and not cut.degraded
    assert not of_lines(whole.rstrip("\n")).notes  # the object is closed: nothing is missing
    damaged = of_lines(whole + '{"epoch": 3, "val_loss": 0.5, "val_loss": 0.1}\n{"epoch": 4, "val_loss": 1.5}\n')
    assert "SM102" in codes(damaged) and damaged.degraded
    assert codes(of_lines("Epoch 1 done\n" + whole)) == {"SM127"}


@given(st.data())
def test_no_change_of_bytes_makes_an_epoch_of_another(data: st.DataObject) -> None:
    lines = [json.dumps({"epoch": at, "val_loss": round(1 / (at + 1), 3), "n": {"x": at}}) for at in range(6)]
    content = bytearray(("\n".join(lines) + "\n").encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = Path("-")
    try:
        json_lines.read(Source(path, (path,), "run", data=bytes(content)))
    except SelectModelError as refusal:
        assert str(refusal)


def test_a_name_that_stands_twice_is_found_also_in_bulk() -> None:
    text = "".join(f'{{"epoch": {at}, "val_loss": 1.0}}\n' for at in range(1000))
    twice = text.replace('{"epoch": 500, "val_loss": 1.0}', '{"epoch": 500, "val_loss": 1.0, "val_loss" : 0.1}')
    assert not of_lines(text).notes
    assert "SM102" in codes(of_lines(twice))


def test_rows_of_points_keep_what_comes_twice() -> None:
    found = rows.of_points([("a", 0, 1.0), ("b", 0, 2.0), ("a", 1, 3.0), ("a", 0, 4.0)], "step")
    assert found.objects == [{"step": 0, "a": 1.0, "b": 2.0}, {"step": 1, "a": 3.0}, {"step": 0, "a": 4.0}]
    apart = rows.of_points([("a", 0, 1.0), ("a", 10, 2.0), ("b", 0, 3.0)], "step")
    assert apart.objects == [{"step": 0, "a": 1.0, "b": 3.0}, {"step": 10, "a": 2.0}]


def test_the_beginning_of_a_file_tells_json_lines() -> None:
    assert json_text.preview(b'{"a": 1}\n{"b": 2}\n{"c"') == {"a": 1, "b": 2}
    assert json_text.preview(b"[1]") is None and json_text.preview(b"{}") is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
def test_public_logs() -> None:
    (log,) = {path.name: path for path in (SHARED / "real_logs" / "jsonl").rglob("log.txt")}.values()
    assert len(discovery.find(log)[0].read().series["test_loss"].steps) == 100
    keras = discovery.find(SHARED / "samples" / "keras_history_json" / "history.json")[0].read()
    assert keras.format == "json_history" and len(keras.series["val_loss"].steps) == 6
    with pytest.raises(LogError, match="pickle"):
        discovery.find(SHARED / "samples" / "keras_history_json" / "history.pkl")
