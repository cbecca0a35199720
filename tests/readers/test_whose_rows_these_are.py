"""Rows of one epoch that are told apart by a word, processes that write steps too, counters as they are spelt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.errors import ChoiceError, LogError, UsageError

N = 12
LOSS = np.round(0.4 + (np.linspace(0, 1, N) - 0.5) ** 2, 4)
ACCURACY = np.round(0.9 - (np.linspace(0, 1, N) - 0.6) ** 2, 4)
BEST = int(np.argmin(LOSS))


def written(folder: Path, text: str, name: str = "training.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def read(folder: Path, text: str, **options: object) -> sm.Run:
    return sm.read(written(folder, text), **options)  # type: ignore[arg-type]


def codes(run: sm.Run) -> list[str]:
    return [note.code for note in run.notes]


@pytest.mark.parametrize(("column", "words"), [("class", "car road"), ("lang", "en de"), ("model", "student teacher")])
def test_rows_that_a_word_tells_apart_are_never_offered_as_one_course(tmp_path: Path, column: str, words: str) -> None:
    rows = "".join(f"{e},{word},{LOSS[e] + at / 10}\n" for e in range(N) for at, word in enumerate(words.split()))
    text = f"epoch,{column},val_loss\n{rows}"
    with pytest.raises(ChoiceError, match=f"column '{column}' tells 2 rows of one epoch apart") as asked:
        read(tmp_path, text)
    assert not any("--index row" in choice for choice in asked.value.choices)
    first, second = (read(tmp_path, text, segment=at).series["val_loss"].values for at in (1, 2))
    assert sorted([first[0], second[0]]) == pytest.approx([LOSS[0], LOSS[0] + 0.1])


def test_a_number_may_count_the_evaluations_of_an_epoch(tmp_path: Path) -> None:
    rows = "".join(f"{e},{at},{LOSS[e] - at / 100}\n" for e in range(N) for at in range(2))
    with pytest.raises(ChoiceError) as asked:
        read(tmp_path, f"epoch,part_no,val_loss\n{rows}")
    assert any("--index row" in choice for choice in asked.value.choices)


def test_one_row_for_each_run_is_still_no_training(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="one row per run"):
        read(tmp_path, "epoch,model,val_loss\n10,a,0.5\n12,b,0.4\n")


@pytest.mark.parametrize(
    ("column", "train", "val"), [("validation", "0", "1"), ("evaluation", "False", "True"), ("data", "tr", "va")]
)
def test_splits_in_few_letters_or_as_yes_and_no(tmp_path: Path, column: str, train: str, val: str) -> None:
    rows = "".join(f"{e},{train},{1 - e / 20}\n{e},{val},{LOSS[e]}\n" for e in range(N))
    run = read(tmp_path, f"epoch,{column},loss\n{rows}")
    assert {*run.series} == {"tr_loss" if train == "tr" else "train_loss", "val_loss"}
    assert run.series["val_loss"].values.tolist() == LOSS.tolist()


@pytest.mark.parametrize("header", ["epoch,step,val_loss", "step,epoch,val_loss", "epoch,iteration,val_loss"])
def test_processes_that_log_a_step_too_are_averaged(tmp_path: Path, header: str) -> None:
    off = np.random.default_rng(1).normal(0, 0.05, (N, 2)).round(4)
    place = (lambda e: f"{e * 100},{e}") if header.startswith("step") else (lambda e: f"{e},{e * 100}")
    rows = "".join(f"{place(e)},{LOSS[e] + off[e, rank]}\n" for e in range(N) for rank in range(2))
    run = read(tmp_path, f"{header}\n{rows}")
    assert codes(run) == ["SM119"]
    assert run.series["val_loss"].values == pytest.approx(LOSS + off.mean(axis=1))


def test_rows_of_lightning_that_complete_each_other_are_no_processes(tmp_path: Path) -> None:
    rows = "".join(f"{e},{e * 100},{1 - e / 20},\n{e},{e * 100},,{LOSS[e]}\n" for e in range(N))
    run = read(tmp_path, f"epoch,step,train_loss,val_loss\n{rows}")
    assert run.format == "lightning_csv" and not codes(run)


@pytest.mark.parametrize("name", ["_step", "Step #", "Iter.", "step:", "Global Step"])
def test_counters_with_signs_around_them(tmp_path: Path, name: str) -> None:
    rows = "".join(f"{at * 50},{loss}\n" for at, loss in enumerate(LOSS))
    run = read(tmp_path, f"{name},val_loss\n{rows}")
    assert (run.x_axis, {*run.series}) == ("step", {"val_loss"})


def test_the_steps_of_a_history_of_wandb_come_before_the_index_of_pandas(tmp_path: Path) -> None:
    rows = "".join(f"{at},{at * 50},{at * 3.5},{loss}\n" for at, loss in enumerate(LOSS))
    run = read(tmp_path, f",_step,_runtime,val_loss\n{rows}")
    assert run.series["val_loss"].steps.tolist() == [at * 50 for at in range(N)]


def test_a_decimal_comma_in_the_epochs(tmp_path: Path) -> None:
    rows = "".join(f"{e / 4};{e * 10};{loss}\n".replace(".", ",") for e, loss in enumerate(LOSS, 1))
    text = f"epoch;step;val_loss\n{rows}"
    with pytest.raises(UsageError, match="epoch is 0,25; if the comma is the decimal mark: --decimal ,"):
        read(tmp_path, text)
    run = read(tmp_path, text, decimal=",")
    assert run.series["val_loss"].epochs.tolist() == [e / 4 for e in range(1, N + 1)]


def test_a_best_value_that_is_marked_is_read(tmp_path: Path) -> None:
    rows = "".join(
        f"{e},{value}{'*' if value == ACCURACY.max() else ''},{LOSS[e]}\n" for e, value in enumerate(ACCURACY)
    )
    report = sm.recommend(read(tmp_path, f"epoch,val_acc,val_loss\n{rows}"))
    assert report.picks["best"].epoch == int(np.argmax(ACCURACY))


def test_a_score_that_is_text_is_warned_of_and_shown(tmp_path: Path) -> None:
    rows = "".join(f"{e},{round(1000 * value)}/1000,word,{LOSS[e]}\n" for e, value in enumerate(ACCURACY))
    notes = read(tmp_path, f"epoch,val_acc,remark,val_loss\n{rows}").notes
    assert [(note.code, note.level) for note in notes] == [("SM111", "warn"), ("SM111", "note")]
    assert f"val_acc (text, such as '{round(1000 * ACCURACY[0])}/1000')" in notes[0].message


def test_a_cell_that_is_no_number_is_not_called_blank(tmp_path: Path) -> None:
    rows = "".join(f"{e},{'n.d.' if e == 4 else value},{LOSS[e]}\n" for e, value in enumerate(ACCURACY))
    told = [note.code for note in sm.recommend(read(tmp_path, f"epoch,val_acc,val_loss\n{rows}")).notes]
    assert "SM109" in told and "SM175" not in told
