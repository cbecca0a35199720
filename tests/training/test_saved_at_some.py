"""Trainings that validate and save at different paces: what stays is counted in files."""

from pathlib import Path

import pytest

import selectmodel as sm

#: Accuracies of 80 examples; by these the later ones cannot be told apart.
ACCURACIES = [0.5625, 0.5625, 0.7875, 0.8375, 0.825, 0.7875, 0.8, 0.825, 0.7875, 0.825, 0.825, 0.825]


def trained(folder: Path, validate: int, save: int) -> list[int]:
    """Trains 60 steps with at most 3 files; how many there were after each save."""
    counts = []
    tracker = sm.Tracker(folder, metric="val_accuracy", val_size=80, stop=(), most=3)
    for step in range(5, 65, 5):
        tracker.log(step=step, loss=1 / step)
        if step % validate == 0:
            tracker.log(step=step, val_accuracy=ACCURACIES[step // 5 - 1])
        if step % save == 0:
            file = folder / f"step_{step}.pt"
            file.write_text("weights")
            tracker.keep(file)
            counts.append(len(list(folder.glob("*.pt"))))
    return counts


def test_what_was_validated_and_not_saved_takes_no_file_its_place(tmp_path: Path) -> None:
    assert trained(tmp_path, validate=5, save=10)[-3:] == [3, 3, 3]
    assert sorted(file.name for file in tmp_path.glob("*.pt")) == ["step_20.pt", "step_50.pt", "step_60.pt"]


@pytest.mark.filterwarnings("ignore:selectmodel. nothing to judge so far")
@pytest.mark.parametrize(("validate", "save"), [(5, 5), (5, 10), (10, 5), (15, 5), (20, 10)])
def test_there_are_never_more_files_than_allowed(tmp_path: Path, validate: int, save: int) -> None:
    assert max(trained(tmp_path, validate, save)) <= 3
