"""A gate that would compare a log with itself, or with nothing, says so and passes nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli import command, logged
from places import SAMPLES

import selectmodel as sm

LOG = "epoch,val_loss,val_accuracy\n" + "".join(f"{i},{0.9 - 0.05 * i:.2f},{0.5 + 0.04 * i:.2f}\n" for i in range(9))
BETTER = LOG.replace("0.82", "0.92")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return logged(tmp_path, monkeypatch, LOG)


@pytest.mark.parametrize("kind", ["same path", "copy", "link", "record", "verdict"])
@pytest.mark.parametrize("bound", ["--max-worse", "--min-gain"])
def test_a_baseline_that_is_this_very_log_is_refused(
    kind: str, bound: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = log if kind == "same path" else tmp_path / "base.csv"
    if kind == "copy":
        shutil.copy(log, baseline)
    elif kind == "link":
        baseline.symlink_to(log)
    elif kind == "record":
        baseline = tmp_path / "base.json"
        assert command(capsys, "pick", log, "--record", baseline).code == 0
    elif kind == "verdict":
        baseline = tmp_path / "base.json"
        assert command(capsys, "gate", log, "--min", "val_accuracy=0.1", "-o", baseline).code == 0
    done = command(capsys, "gate", log, "--baseline", baseline, bound, "val_accuracy=0")
    assert done.code == 2 and "nothing is worse than itself" in " ".join(done.out.split())
    verdict = sm.gate(sm.read(log), baseline=baseline, conditions=[{"metric": "val_accuracy", "max_worse": 0}])
    assert (verdict.result, verdict.exit_code) == ("refused", 2)


@pytest.mark.parametrize("first_run", ["pass", "record"])
def test_the_job_of_a_first_run_may_run_again(
    first_run: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = ["gate", log, "--baseline", tmp_path / "base.json", "--max-worse", "val_accuracy=0", "--first-run"]
    assert command(capsys, *gate, "record").code == 0
    kept = (tmp_path / "base.json").read_bytes()
    done = command(capsys, *gate, first_run)
    assert done.code == 0 and "not compared: the baseline is a record of this very log" in " ".join(done.out.split())
    assert (tmp_path / "base.json").read_bytes() == kept
    assert command(capsys, *gate, "refuse").code == 2
    assert command(capsys, "gate", log, "--baseline", log, *gate[4:], first_run).code == 2


def test_a_folder_of_event_files_is_known_by_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = SAMPLES
    folder = next(path.parent for path in samples.rglob("*tfevents*"))
    metric = sm.recommend(sm.read(folder)).question.monitor
    done = command(capsys, "gate", folder, "--baseline", folder, "--max-worse", f"{metric}=0")
    assert done.code == 2 and "this very log" in " ".join(done.out.split())


def test_another_training_is_compared(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.csv").write_text(BETTER)
    assert command(capsys, "gate", tmp_path / "other.csv", "--baseline", log, "--max-worse", "val_accuracy=0").code == 0


@pytest.mark.parametrize("value", ["", "a\\u0000b"])
@pytest.mark.parametrize("key", ["baseline", "production", "data_id"])
def test_an_empty_name_in_a_policy_is_refused(
    value: str, key: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    gate = '[[gate]]\nmetric = "val_accuracy"\nmax_worse = 0.01\n'
    policy.write_text(f'{gate}[require]\n{key} = "{value}"\nfirst_run = "pass"\n')
    done = command(capsys, "gate", log, "--policy", policy)
    assert done.code == 2 and f"{policy}:5: require.{key}: " in done.err and "a string that is not empty" in done.err
