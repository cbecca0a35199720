"""Composer's text by batches, and Tinker's rows, whose evaluations are of the weights before the step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.files.checkpoints import names
from selectmodel.policy.policy import Policy
from selectmodel.readers import composer
from selectmodel.records import Run
from selectmodel.selection import question
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.source import Source

COMPOSED = "".join(
    f"[metric][batch={at}]: time/epoch: 0 \n[metric][batch={at}]: loss/train/total: {2.5 - at / 4} \n"
    + (f"[metric][batch={at}]: metrics/eval/MulticlassAccuracy: {0.5 + at / 16} \n" if at and at % 2 == 0 else "")
    for at in range(5)
)


def only(place: Path) -> Run:
    (found,) = discovery.find(place)
    return with_checkpoints(found.read(), Policy())


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def test_composer_counts_batches_and_matches_its_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "logs-rank0.txt").write_text("[stdout]: epoch 7 of 9 val_loss: 0.1\n" + COMPOSED)
    for at in (2, 4):
        (tmp_path / f"ep0-ba{at}-rank0.pt").write_text("weights")
    run = only(tmp_path)
    assert run.format == "composer" and points(run, "metrics/eval/MulticlassAccuracy") == [(2, 0.625), (4, 0.75)]
    assert set(run.series) == {"loss/train/total", "metrics/eval/MulticlassAccuracy"}
    assert (
        run.hints["metrics/eval/MulticlassAccuracy"].split == "val" and run.hints["loss/train/total"].split == "train"
    )
    asked = question.ask(run, Policy())
    assert [Path(asked.match.files[at].path).name for at in (0, 1)] == ["ep0-ba2-rank0.pt", "ep0-ba4-rank0.pt"]


@given(st.integers(0, len(COMPOSED)))
def test_a_text_of_composer_that_is_cut_has_no_other_values(length: int) -> None:
    path = Path("logs-rank0.txt")
    whole = composer.read(Source(path, (path,), "x", data=COMPOSED.encode()))
    try:
        run = composer.read(Source(path, (path,), "x", data=COMPOSED[:length].encode()))
    except SelectModelError:
        return
    for name in run.series:
        assert {*points(run, name)} <= {*points(whole, name)}


def test_names_of_composers_checkpoints() -> None:
    for name in ("ep1-ba200-rank0.pt", "ep1-ba200"):
        found = names.parse(name)
        assert found is not None and (found.step, found.number) == (200, None), name


def test_tinkers_list_of_checkpoints_is_no_run(tmp_path: Path) -> None:
    rows = [{"step": at, "train_mean_nll": 1.5, "progress": at / 4, "learning_rate": 0.5}
            | ({"test/nll": 1.0 - at / 8} if at % 2 == 0 else {}) for at in range(4)]  # fmt: skip
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    listed = {"name": "000002", "batch": 2, "sampler_path": "tinker://x/sampler_weights/000002"}
    (tmp_path / "checkpoints.jsonl").write_text(json.dumps(listed) + "\n")
    run = only(tmp_path)
    assert run.format == "tinker" and points(run, "test/nll") == [(0, 1.0), (2, 0.75)]
    assert run.hints["test/nll"].split == "val" and question.ask(run, Policy()).question.monitor == "test/nll"
    with pytest.raises(LogError, match=r"metrics\.jsonl beside it is the log"):
        discovery.find(tmp_path / "checkpoints.jsonl")[0].read()
