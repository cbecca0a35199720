"""Steps beside epochs: epochs in parts, the history of Hugging Face's Trainer, steps that start over or are -1."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm

LOGS = Path(__file__).parent / "logs"
HISTORY, PARTS, ANEW = LOGS / "hf_history", LOGS / "parts_of_epochs", LOGS / "steps_anew_each_epoch"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "best"),
    [("log_history.csv", 900), ("log_history_noindex.csv", 900), ("log_history_lossonly.csv", 800)],
)
def test_the_history_of_the_trainer_is_read_by_its_steps(name: str, best: int) -> None:
    run = sm.read(HISTORY / name)
    assert (run.format, run.x_axis, run.notes) == ("hf_csv", "step", ())
    assert not {"", "train_runtime", "train_loss", "total_flos"} & set(run.series)
    assert sm.recommend(run).recommended.step == best


def test_the_folder_of_the_trainer_ships_the_checkpoint_of_that_step(tmp_path: Path) -> None:
    shutil.copy(HISTORY / "log_history.csv", tmp_path / "log_history.csv")
    for step in range(100, 1300, 100):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "adapter_model.safetensors").write_bytes(b"x")
    shipped = sm.recommend(sm.read(tmp_path)).recommended.checkpoint
    assert shipped is not None
    assert Path(shipped).name == "checkpoint-900"


def test_whole_epochs_go_on_working() -> None:
    assert sm.recommend(sm.read(HISTORY / "ok_epochwise.csv")).recommended.epoch == 6


def test_what_is_evaluated_after_the_fit_is_of_no_epoch(tmp_path: Path) -> None:
    log = (
        "loss,grad_norm,epoch,step,eval_loss,train_runtime\n"
        "0.9,1,1,10,,\n,,1,10,0.5,\n0.5,1,2,20,,\n,,2,20,0.8,\n0.4,1,2.9,29,,\n,,2.9,29,0.9,\n,,2.9,29,,60.5\n"
        ",,2.9,29,0.5,\n"
    )
    run = sm.read(written(tmp_path, log))
    assert list(run.series["eval_loss"].values) == [0.5, 0.8, 0.9]
    assert list(run.series["eval_loss"].epochs) == [1, 2, 2.9]
    assert [(note.code, note.degrades) for note in run.notes] == [("SM120", False)]


def test_epochs_in_parts_beside_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    best = sm.recommend(sm.read(PARTS / "frac.csv")).recommended
    assert (best.epoch, best.step, best.values["eval_loss"]) == (3.25, 6500, pytest.approx(0.6034))
    assert sm.recommend(sm.read(PARTS / "ok_frac_nostep.csv")).recommended.epoch == 3.25
    ends = sm.read(written(tmp_path, "epoch,step,train_loss,val_loss\n1,10,1,3\n2,20,1,2\n2.97,29,1,1\n"))
    assert list(ends.series["val_loss"].epochs) == [1, 2, 2.97]


def test_steps_that_start_over_are_kept_as_labels(capsys: pytest.CaptureFixture[str]) -> None:
    log = ANEW / "similarity_evaluation_sts-dev_results.csv"
    answer = command(capsys, "pick", log, "--metric", "cosine_spearman")
    assert answer.out.startswith("Ship epoch 1, step 3000")
    assert "None" not in answer.out
    assert "1–1" not in answer.out
    report = sm.recommend(sm.read(log), metric="cosine_spearman", rule="best")
    assert (report.question.n, report.recommended.step) == (16, 3000)
    assert [(note.code, note.degrades) for note in report.run.notes] == [("SM118", False)]
    last = sm.recommend(sm.read(log), metric="cosine_spearman", rule="last").recommended
    assert (last.epoch, last.step) == (3, -1)
    assert sm.recommend(sm.read(ANEW / "ok_epochs_only.csv"), metric="cosine_spearman").recommended.epoch == 2


@pytest.mark.parametrize("step", ["step", "steps", "batch", "iteration"])
@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ("0,100,1,5\n0,200,1,3\n1,100,1,4\n1,200,1,4.5\n", (0, 200)),
        ("0,100,1,5\n0,200,1,3\n0,-1,1,2\n1,100,1,4\n1,200,1,4.5\n1,-1,1,4.2\n", (0, -1)),
        ("0,100,1,5\n0,-1,1,2\n1,200,1,4\n1,-1,1,4.2\n", (0, -1)),
        ("0,100,1,5\n1,100,1,3\n2,100,1,4\n", (1, None)),
    ],
)
def test_no_validation_is_lost_where_steps_start_over(
    tmp_path: Path, step: str, rows: str, best: tuple[int, int | None]
) -> None:
    report = sm.recommend(sm.read(written(tmp_path, f"epoch,{step},train_loss,val_loss\n{rows}")), rule="best")
    assert (report.recommended.epoch, report.recommended.step) == best
    assert report.question.n == rows.count("\n")


def test_a_step_of_minus_one_inside_an_epoch_is_damage(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, "epoch,steps,val_loss\n0,-1,5\n0,200,3\n1,100,4\n1,200,4.5\n"))
    assert [note.code for note in run.notes] == ["SM104"]


H = "epoch,loss,val_loss\n"


def test_the_screen_says_how_many_values_were_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = command(capsys, "pick", written(tmp_path, H + "0,1,.9\nx,1,.3\n1,1,.4\n2,2,.5\n"))
    assert answer.code == 0
    assert "1 of 4 values of val_loss were left out" in answer.out
    none_lost = command(capsys, "pick", written(tmp_path, H + "0,1,.9\nx,1,\n1,1,.4\n2,2,.5\n"))
    assert "were left out" not in none_lost.out


@pytest.mark.parametrize("header", [H, "epoch,step,loss,val_loss\n"])
def test_where_most_values_are_left_out_nothing_is_recommended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str
) -> None:
    steps = [f"{10 * at + 10}," if "step" in header else "" for at in range(4)]
    rows = "".join(f"{epoch},{step}1,.{4 + at}\n" for at, (epoch, step) in enumerate(zip("0x?y", steps, strict=True)))
    log = written(tmp_path, header + rows)
    for arguments in (["pick", log, "--print", "epoch"], ["gate", log, "--max", "val_loss=1"]):
        answer = command(capsys, *arguments)
        assert answer.code == 2
        assert "3 of 4 values of val_loss" in answer.err
        assert "--index row" in answer.err


def test_two_validations_of_one_epoch_are_told_apart_by_their_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path, "epoch,step,val_loss\n0,10,.9\n0,20,.8\n1,30,.7\n1,40,.75\n")
    two = command(capsys, "pick", log, "--between", "20,40")
    assert two.out.startswith("Ship step 40 rather than 20")
    assert "epoch" not in two.out.partition("Lowest")[0]
    anew = command(capsys, "pick", ANEW / "similarity_evaluation_sts-dev_results.csv", "--between", "1,2",
                   "--metric", "cosine_spearman")  # fmt: skip
    assert (anew.code, "--index row" in anew.err) == (2, True)


@pytest.mark.parametrize("form", ["text", "md"])
def test_every_page_names_the_step_too(capsys: pytest.CaptureFixture[str], form: str) -> None:
    log = ANEW / "similarity_evaluation_sts-dev_results.csv"
    gate = command(capsys, "gate", log, "--min", "cosine_spearman=.8", "--metric", "cosine_spearman", "--format", form)
    pick = command(capsys, "pick", log, "--metric", "cosine_spearman", "--format", form)
    assert (gate.code, pick.code) == (0, 0)
    assert "epoch 1, step 3000" in gate.out
    assert "epoch 1, step 3000" in pick.out
