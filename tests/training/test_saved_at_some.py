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


def test_what_was_not_saved_is_better_all_the_same(tmp_path: Path) -> None:
    """A condition to stop is about the training: it is met where the log is no better, saved or not."""
    tracker = sm.Tracker(tmp_path, metric="val_loss", stop="no better for 2 validations")
    stopped = []
    for step, loss in zip(range(0, 350, 50), [0.5, 0.45, 0.4, 0.35, 0.6, 0.6, 0.6], strict=True):
        tracker.log(step=step, val_loss=loss)
        if step == 0:
            (tmp_path / "step_0.pt").write_text("weights")
            tracker.keep(tmp_path / "step_0.pt")
        stopped += [step] if tracker.should_stop else []
    assert stopped == [250, 300]
    assert tracker.stop_reason == "val_loss is no better since step 150 (0.350)"
    assert tracker.recommended is not None and tracker.recommended.step == 0  # the only one that can be shipped
