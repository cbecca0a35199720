"""Charts that W&B's page exports: one run under the names of its metrics, several runs told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command

from selectmodel.files import discovery
from selectmodel.records import Run

VALUES = {"run-a": [1.5, 0.75, 0.5, 0.875], "run - b": [1.25, 0.625, 0.5, 0.25]}


def chart(
    runs: list[str], metric: str = "val_loss", axis: str = "Step", *, spread: float = 0.0, quote: str = '"'
) -> str:
    names = [axis]
    for run in runs:
        names += [f"{run} - {metric}{end}" for end in ("", "__MIN", "__MAX")]
    rows = [[quote + name + quote for name in names]]
    for at in range(4):
        cells = [str(10 * at)]
        for run in runs:
            value = VALUES.get(run, VALUES["run-a"])[at]
            cells += [str(value), str(value - spread), str(value + spread)]
        rows.append([quote + cell + quote for cell in cells])
    return "\n".join(map(",".join, rows)) + "\n"


def only(place: Path) -> Run:
    (found,) = discovery.find(place)
    return found.read()


@pytest.mark.parametrize("axis", ["Step", "trainer/global_step", "train/samples", "_step"])
@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("run", ["run-a", "run - b"])
def test_one_run(axis: str, quote: str, run: str, tmp_path: Path) -> None:
    path = tmp_path / "wandb_export.csv"
    path.write_text(chart([run], axis=axis, quote=quote))
    for place in (path, tmp_path):
        found = only(place)
        assert {name: series.values.tolist() for name, series in found.series.items()} == {"val_loss": VALUES[run]}
        assert found.series["val_loss"].steps.tolist() == [0, 10, 20, 30]
        assert not found.notes


def test_an_epoch_axis_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "wandb_export.csv"
    path.write_text(chart(["run-a"], axis="epoch"))
    assert only(path).series["val_loss"].epochs.tolist() == [0, 10, 20, 30]


def test_points_that_are_means_are_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "wandb_export.csv"
    path.write_text(chart(["run-a"], spread=0.125))
    assert [note.code for note in only(path).notes] == ["SM124"]


@pytest.mark.parametrize("extremes", [True, False])
def test_several_runs_are_asked_for_and_ranked(
    extremes: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wandb_export.csv"
    text = chart(list(VALUES))
    if not extremes:
        text = "\n".join(",".join(cells[:2] + cells[4:5]) for cells in (line.split(",") for line in text.split("\n")))
    path.write_text(text)
    asked = command(capsys, "pick", path)
    assert asked.code == 2
    assert "--run run-a" in asked.err and "--run 'run - b'" in asked.err
    assert "--metric" not in asked.err
    for run, step in (("run-a", 20), ("run - b", 30)):
        done = command(capsys, "pick", path, "--run", run, "--print", "step")
        assert (done.code, done.out.strip()) == (0, str(step))
    ranked = command(capsys, "rank", path, "--no-cache")
    assert ranked.code == 0
    assert "Ship step 30 of run - b" in ranked.out and "run-a" in ranked.out
    both = command(capsys, "pick", path, "--run", "run-a", "--run", "run - b")
    assert both.code == 2


def test_two_charts_of_one_run_in_a_folder_have_two_names(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text(chart(["run-a"]))
    (tmp_path / "acc.csv").write_text(chart(["run-a"], metric="val_acc"))
    assert sorted(item.name for item in discovery.find(tmp_path)) == ["acc.csv/run-a", "loss.csv/run-a"]


def test_splits_before_a_hyphen_are_no_runs(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_text("epoch,train - loss,val - loss\n0,1.5,1.25\n1,0.5,0.75\n")
    assert sorted(only(path).series) == ["train - loss", "val - loss"]
