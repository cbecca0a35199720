"""Ray's trials: one run of two files, and the checkpoint of the iteration that brought it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from selectmodel.files import discovery
from selectmodel.policy.policy import Policy
from selectmodel.readers import ray_tune
from selectmodel.selection import question
from selectmodel.selection.checkpoints import with_checkpoints
from tests.support.places import SAMPLES

SAMPLE = SAMPLES / "ray"


def test_a_trial_is_one_run_with_its_settings() -> None:
    found = discovery.find(SAMPLE)
    assert len(found) == 2 and {item.reader for item in found} == {"ray_tune"}
    assert [ray_tune.hparams(item.source) for item in found] == [{"lr": rate, "model.layers": 2} for rate in (0.1, 0.2)]
    assert set(found[0].read().series) == {"val_loss", "val_accuracy"}


@pytest.mark.parametrize("name", ["result.json", "progress.csv"])
def test_a_checkpoint_is_of_the_report_that_brought_it(name: str) -> None:
    log = next(SAMPLE.glob(f"*/{name}"))
    run = with_checkpoints(discovery.find(log)[0].read(), Policy())
    assert [(Path(one.path).name, one.step) for one in run.checkpoints] == [
        (f"checkpoint_{at:06}", 2 * at + 2) for at in range(4)
    ]
    asked = question.ask(run, Policy())
    assert {int(asked.question.steps[at]): Path(one.path).name for at, one in asked.match.files.items()} == {
        2 * at + 2: f"checkpoint_{at:06}" for at in range(4)
    }


def test_both_files_tell_the_same() -> None:
    one, other = (discovery.find(next(SAMPLE.glob(f"*/{name}")))[0].read() for name in ray_tune.FILES)
    for name, series in one.series.items():
        assert series.values.tolist() == other.series[name].values.tolist()
        assert series.steps.tolist() == other.series[name].steps.tolist() == list(range(1, 9))


def test_a_restored_trial_counts_an_iteration_once(tmp_path: Path) -> None:
    rows = [{"val_loss": loss, "training_iteration": at, "trial_id": "x", "config": {}} for at, loss in
            ((1, 0.5), (2, 0.25), (2, 0.75), (3, 0.5))]  # fmt: skip
    (tmp_path / "result.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (found,) = discovery.find(tmp_path)
    series = found.read().series["val_loss"]
    assert list(zip(series.steps.tolist(), series.values.tolist(), strict=True)) == [(1, 0.5), (2, 0.75), (3, 0.5)]


def test_a_name_in_the_log_that_leaves_the_folder_is_no_checkpoint(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "x" / "y")
    (tmp_path / "checkpoint_evil").mkdir()
    log = next((tmp_path / "x" / "y").glob("*/result.json"))
    log.write_text(log.read_text().replace("checkpoint_000000", "checkpoint_/../../../../checkpoint_evil"))
    assert "checkpoint_evil" not in {Path(one.path).name for one in discovery.find(log)[0].read().checkpoints}
