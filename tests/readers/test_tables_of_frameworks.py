"""Tables whose columns mean more than their names tell: OpenAI's fine-tuning, Sentence Transformers, and others."""

from __future__ import annotations

from pathlib import Path

import pytest

from selectmodel.errors import LogError
from selectmodel.files import discovery
from selectmodel.files.checkpoints import names
from selectmodel.policy.policy import Policy
from selectmodel.records import Run
from selectmodel.selection import question
from selectmodel.selection.checkpoints import with_checkpoints
from tests.support.places import SHARED

WHOLE = (
    "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,full_valid_mean_token_accuracy\n"
    "1,1.5,0.5,1.5,0.5,,\n10,1.0,0.6,1.25,0.625,1.0,0.625\n11,1.0,0.6,0.25,0.96875,,\n20,0.75,0.75,1.0,0.75,0.875,0.75\n"
)


def read(path: Path, text: str) -> Run:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (found,) = discovery.find(path)
    return found.read()


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def test_openai_is_judged_on_the_whole_validation_file(tmp_path: Path) -> None:
    run = read(tmp_path / "results.csv", WHOLE)
    assert run.format == "openai_finetuning" and points(run, "full_valid_loss") == [(10, 1.0), (20, 0.875)]
    assert "valid_loss" not in run.series and "SM180" in {note.code for note in run.notes}
    assert question.ask(run, Policy()).question.monitor.startswith("full_valid_")


def test_openai_without_it_says_what_a_batch_is(tmp_path: Path) -> None:
    rows = [",".join(line.split(",")[:5]) for line in WHOLE.splitlines()]
    run = read(tmp_path / "results.csv", "\n".join(rows) + "\n")
    assert [note.level for note in run.notes if note.code == "SM180"] == ["warn"] and "valid_loss" in run.series


def test_an_evaluator_counts_steps_and_its_last_row_is_of_no_epoch(tmp_path: Path) -> None:
    text = "epoch,steps,cosine_spearman\n0.5,500,0.75\n1.0,1000,0.875\n-1,-1,0.9375\n"
    run = read(tmp_path / "eval" / "similarity_evaluation_sts-dev_results.csv", text)
    assert points(run, "cosine_spearman") == [(500, 0.75), (1000, 0.875)] and run.x_axis == "step"
    assert run.hints["cosine_spearman"].split == "val" and "SM115" in {note.code for note in run.notes}


def test_an_old_evaluator_counts_steps_anew_in_each_epoch(tmp_path: Path) -> None:
    text = "epoch,steps,cosine_spearman\n0,500,0.5\n0,-1,0.75\n1,500,0.96875\n1,-1,0.875\n"
    run = read(tmp_path / "similarity_evaluation_sts-test_results.csv", text)
    assert run.series["cosine_spearman"].values.tolist() == [0.5, 0.75, 0.96875, 0.875]
    assert run.series["cosine_spearman"].epochs.tolist() == [0, 0, 1, 1]
    assert run.hints["cosine_spearman"].split == "test"


def test_evaluations_after_the_training_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError):
        read(tmp_path / "x_results.csv", "epoch,steps,accuracy\n-1,-1,0.75\n")


def test_simpletransformers_marks_the_ends_of_epochs_in_names() -> None:
    found = names.parse("checkpoint-250-epoch-1")
    assert found is not None and (found.step, found.number) == (250, None)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize(
    ("log", "metric", "files"),
    [
        ("timm/run/summary.csv", "eval_top1", {1: "checkpoint-1.pth.tar", 3: "checkpoint-3.pth.tar"}),
        ("fastai/history.csv", "valid_loss", {at: f"m_{at}.pth" for at in range(4)}),
    ],
)
def test_checkpoints_of_timm_and_fastai_count_as_their_logs(log: str, metric: str, files: dict[int, str]) -> None:
    run = with_checkpoints(discovery.find(SHARED / "samples" / log)[0].read(), Policy())
    asked = question.ask(run, Policy(metric=metric))
    found = {int(asked.question.epochs[at]): Path(one.path).name for at, one in asked.match.files.items()}
    assert files.items() <= found.items()


def test_flairs_table_is_read_by_its_columns(tmp_path: Path) -> None:
    text = "EPOCH\tTIMESTAMP\tBAD_EPOCHS\tLEARNING_RATE\tTRAIN_LOSS\tDEV_LOSS\tDEV_F1\tTEST_LOSS\tTEST_F1\n"
    rows = "1\t10:00:00\t0\t0.1\t1.5\t_\t0.5\t_\t_\n2\t10:01:00\t0\t0.1\t1.25\t_\t0.75\t_\t_\n"
    asked = question.ask(read(tmp_path / "loss.tsv", text + rows), Policy()).question
    assert asked.monitor == "DEV_F1" and asked.epochs.tolist() == [1, 2]
