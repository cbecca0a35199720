"""Files of epochs that were run again: until they are saved anew they hold other weights than the log tells of."""

from pathlib import Path

import pytest

import selectmodel as sm


def saved(tracker: sm.Tracker, epoch: int, loss: float, *, stepped: bool) -> Path:
    tracker.log(epoch, step=10 * epoch if stepped else None, val_loss=loss)
    file = tracker.folder / (f"step_{10 * epoch}.pt" if stepped else f"epoch_{epoch}.pt")
    file.write_text(str(loss))
    tracker.keep(file)
    return file


@pytest.fixture(params=[False, True], ids=["epochs", "steps"])
def resumed(tmp_path: Path, request: pytest.FixtureRequest) -> sm.Tracker:
    """Epochs 0-7 were saved, then epoch 5 was run again and saved, and epoch 6 run again and not saved."""
    first = sm.Tracker(tmp_path, stop=(), most=20)
    for epoch in range(8):
        saved(first, epoch, 1 - epoch / 20, stepped=request.param)
    again = sm.Tracker(tmp_path, stop=(), most=20, resume=True)
    saved(again, 5, 0.76, stepped=request.param)
    again.log(6, step=60 if request.param else None, val_loss=0.5)
    return again


def test_weights_of_before_are_not_shipped_for_an_epoch_that_was_run_again(resumed: sm.Tracker) -> None:
    restored: list[str] = []
    report = resumed.finish(restored.append, quiet=True)
    assert report is not None and report.recommended.epoch == 5
    assert [Path(path).read_text() for path in restored] == ["0.76"]
    assert sm.recommend(sm.read(resumed.folder)).recommended.epoch == 5
    assert "SM147" not in [note.code for note in report.run.notes]  # the log does not lack the end of what was left


def test_saved_anew_it_counts_again(resumed: sm.Tracker) -> None:
    stepped = (resumed.folder / "step_60.pt").exists()
    file = resumed.folder / ("step_60.pt" if stepped else "epoch_6.pt")
    file.write_text("0.5")
    resumed.keep(file)
    report = resumed.report()
    assert report.recommended.epoch == 6 and report.recommended.checkpoint == str(file)
