"""Folders of checkpoints that carry their metrics: which run they are, and that unfinished ones do not count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.policy.policy import Policy
from selectmodel.readers import checkpoint_metrics
from selectmodel.records import Run
from selectmodel.selection import question
from selectmodel.source import Source
from tests.support.places import SAMPLES


def written(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def only(folder: Path) -> Run:
    (found,) = discovery.find(folder)
    return found.read()


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def files_of_best(run: Run) -> set[str]:
    asked = question.ask(run, Policy())
    best = int(asked.question.cost.argmin())
    return {Path(asked.match.files[best].path).name}


def test_orbax_keeps_the_metrics_of_each_step() -> None:
    run = only(SAMPLES / "orbax")
    losses = {int(path.parents[1].name): json.loads(path.read_text())["val_loss"]
              for path in (SAMPLES / "orbax").glob("*/metrics/metrics")}  # fmt: skip
    assert dict(points(run, "val_loss")) == losses and len(losses) == 10
    assert run.format == "checkpoint metrics" and "SM199" in {note.code for note in run.notes}
    assert {Path(one.path).name for one in run.checkpoints} == {str(step) for step in losses}


def test_a_named_file_brings_the_checkpoints_beside_it() -> None:
    first = next((SAMPLES / "orbax").glob("*/metrics/metrics"))
    assert points(only(first), "val_loss") == points(only(SAMPLES / "orbax"), "val_loss")


def test_nemo_rl_leaves_out_what_is_unfinished_or_not_validated(tmp_path: Path) -> None:
    for step, value in ((9, 0.5), (10, 0.75), (20, None), (100, 0.7)):
        told = {"step": step, "total_steps": step, "epoch": 0} | ({} if value is None else {"val:accuracy": value})
        written(tmp_path / f"step_{step}" / "training_info.json", told)
    written(tmp_path / "tmp_step_110" / "training_info.json", {"step": 110, "total_steps": 110, "val:accuracy": 1.0})
    run = only(tmp_path)
    assert points(run, "val:accuracy") == [(9, 0.5), (10, 0.75), (100, 0.7)]
    assert run.hints["val:accuracy"].split == "val" and files_of_best(run) == {"step_10"}


def test_nanochat_keeps_the_metrics_beside_the_model(tmp_path: Path) -> None:
    for step, value in ((0, None), (250, 0.75), (500, 0.875)):
        told = {"step": step, "val_bpb": value, "model_config": {"n_layer": 4}, "loop_state": {"min_val_bpb": 0.1}}
        written(tmp_path / f"meta_{step:06d}.json", told)
        written(tmp_path / f"model_{step:06d}.pt", "weights")
    run = only(tmp_path)
    assert set(run.series) == {"val_bpb"} and points(run, "val_bpb") == [(250, 0.75), (500, 0.875)]
    assert files_of_best(run) == {"model_000250.pt"}


def test_speechbrain_counts_epochs(tmp_path: Path) -> None:
    for epoch, rate in ((9, 12.5), (10, 11.5), (11, 13.5)):
        text = f"# yamllint disable\nWER: {rate}\nend-of-epoch: true\nepoch: {epoch}\nunixtime: 17000{epoch:02}.5\n"
        written(tmp_path / "save" / f"CKPT+2026-01-02+03-04-05+{epoch:02}" / "CKPT.yaml", text)
    run = only(tmp_path)
    assert points(run, "WER") == [(9, 12.5), (10, 11.5), (11, 13.5)]
    assert set(run.series) == {"WER"} and files_of_best(run) == {"CKPT+2026-01-02+03-04-05+10"}


def test_one_that_is_cut_is_left_out_and_said(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        written(tmp_path / str(step) / "metrics" / "metrics", {"val_loss": float(step)})
    written(tmp_path / "1" / "metrics" / "metrics", '{"val_loss": 0.0')
    run = only(tmp_path)
    assert points(run, "val_loss") == [(2, 2.0), (3, 3.0)] and run.degraded


def test_checkpoints_without_metrics_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "step_1" / "training_info.json", {"step": 1, "total_steps": 1})
    with pytest.raises(LogError, match="carry no metric"):
        only(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(checkpoint_metrics.FILES))
def test_anything_is_read_or_refused_with_a_sentence(content: bytes, name: str) -> None:
    path = Path("step_1") / name.replace("*", "1")
    try:
        checkpoint_metrics.read(Source(path, (path,), name, data=content))
    except SelectModelError as refusal:
        assert str(refusal)
