"""What goes wrong with a Tracker: files that are none of its own, odd numbers, a full disk, a training that was cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import selectmodel as sm

LOSSES = (0.9, 0.5, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65)


def saved(tracker: sm.Tracker, epoch: int, loss: float) -> Path:
    tracker.log(epoch, loss=loss, val_loss=loss + 0.1)
    file = tracker.folder / f"epoch_{epoch}.pt"
    file.write_bytes(b"w")
    tracker.keep(file)
    return file


@pytest.mark.parametrize("name", ["", ".", "log.jsonl", "decision.json", "../run", "..", "link/x.pt", "weights/a.pt"])
def test_what_is_not_its_own_alone_is_never_taken_for_a_checkpoint(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    tracker = sm.Tracker(folder, stop=(), most=2)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.pt").write_bytes(b"mine")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "weights").mkdir()
    (folder / "weights" / "a.pt").write_bytes(b"mine")
    tracker.log(0, loss=1.0, val_loss=1.0)
    tracker.keep(folder / "weights")
    with pytest.raises(sm.UsageError, match=r"keep\("):
        tracker.keep(folder / name)
    for epoch, loss in enumerate(LOSSES, 1):
        saved(tracker, epoch, loss)
    assert (tmp_path / "outside" / "x.pt").read_bytes() == b"mine" and tracker.report().recommended.epoch == 3


def test_a_folder_may_be_named_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "disk")
    tracker = sm.Tracker(tmp_path / "run", stop=())
    tracker.log(0, loss=1.0, val_loss=1.0)
    (tmp_path / "disk" / "a.pt").write_bytes(b"w")
    tracker.keep(tmp_path / "disk" / "a.pt")
    report = tracker.report()
    assert Path(str(report.recommended.checkpoint)) == tmp_path / "run" / "a.pt"


def test_a_log_that_names_its_folder_as_a_checkpoint_deletes_nothing(tmp_path: Path) -> None:
    first = sm.Tracker(tmp_path, stop=(), most=2)
    saved(first, 0, 0.9)
    with first.log_file.open("a") as file:
        file.write('{"epoch": 0, "checkpoint": "."}\n{"epoch": 0, "checkpoint": "./"}\n')
    second = sm.Tracker(tmp_path, stop=(), most=2, resume=True)
    for epoch in range(1, 8):
        saved(second, epoch, 1.0 - epoch / 10)
    assert second.log_file.exists() and (tmp_path / "epoch_7.pt").exists()


def test_files_that_somebody_else_deleted_do_not_end_the_training(tmp_path: Path) -> None:
    tracker = sm.Tracker(tmp_path, stop=(), most=3)
    for epoch, loss in enumerate(LOSSES[:5]):
        saved(tracker, epoch, loss)
    for file in tmp_path.glob("epoch_*.pt"):
        file.unlink()
    with pytest.warns(UserWarning, match="not there any more"):
        for epoch, loss in enumerate(LOSSES[5:], 5):
            saved(tracker, epoch, loss)
    assert (tmp_path / "epoch_9.pt").exists()


@pytest.mark.parametrize("at", [np.int64(3), np.float32(3.0), np.array(3), np.array([3]), "3"])
def test_a_place_may_be_any_number(tmp_path: Path, at: object) -> None:
    tracker = sm.Tracker(tmp_path, stop=())
    tracker.log(at, val_loss=np.array([0.5]), loss=np.float32(0.25))  # type: ignore[arg-type]
    assert tracker.report().recommended.epoch == 3
    assert tracker.log_file.read_text().splitlines()[1].startswith('{"epoch": 3, ')


@pytest.mark.parametrize(
    "place",
    [{"step": 2**63}, {"step": 0.5}, {"step": -1}, {"step": "x"}, {"epoch": 1e300}, {"epoch": float("nan")}],
)
def test_a_place_that_no_log_could_hold_is_refused_and_leaves_no_trace(tmp_path: Path, place: dict[str, float]) -> None:
    tracker = sm.Tracker(tmp_path, stop=())
    before = tracker.log_file.read_bytes()
    with pytest.raises(sm.UsageError, match="log: "):
        tracker.log(val_loss=1.0, **place)  # type: ignore[arg-type]
    assert tracker.log_file.read_bytes() == before


@pytest.mark.parametrize("metrics", [{"epoch": 2.5}, {"step": 40}, {"val_loss": 10**400}])
def test_a_metric_that_would_be_read_as_a_place_is_refused(tmp_path: Path, metrics: dict[str, float]) -> None:
    with pytest.raises(sm.UsageError, match="is no "):
        sm.Tracker(tmp_path, stop=()).log_metrics(metrics, 0)


def test_a_rule_that_is_none_is_refused_before_the_training(tmp_path: Path) -> None:
    with pytest.raises(sm.UsageError, match="did you mean best"):
        sm.Tracker(tmp_path / "run", rule="bests")
    with pytest.raises(sm.UsageError, match="most="):
        sm.Tracker(tmp_path / "run", most=2.5)  # type: ignore[arg-type]
    assert not (tmp_path / "run").exists()


def test_two_trainings_in_one_folder_are_found_out(tmp_path: Path) -> None:
    one = sm.Tracker(tmp_path, stop=())
    saved(one, 0, 0.9)
    other = sm.Tracker(tmp_path, stop=(), resume=True)
    saved(other, 1, 0.8)
    with pytest.raises(sm.UsageError, match="another program"):
        one.log(1, val_loss=0.7)


def test_a_log_that_was_deleted_is_not_begun_in_its_middle(tmp_path: Path) -> None:
    tracker = sm.Tracker(tmp_path, stop=())
    saved(tracker, 0, 0.9)
    tracker.log_file.unlink()
    with pytest.raises(sm.OutputError, match="cannot be written"):
        tracker.log(1, val_loss=0.7)
    assert not tracker.log_file.exists()


_FULL = """
import resource, signal, sys
import selectmodel as sm
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
tracker = sm.Tracker(sys.argv[1], stop=())
tracker.log(0, val_loss=0.5, loss=0.5)
size = tracker.log_file.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))
try:
    tracker.log(1, val_loss=0.25, loss=0.5)
except sm.OutputError as failure:
    print(failure)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
tracker.log(2, val_loss=0.125, loss=0.5)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FULL, tmp_path], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    run = sm.read(tmp_path / "log.jsonl")
    assert run.series["val_loss"].epochs.tolist() == [0, 2] and not run.notes


losses = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), min_size=2, max_size=12)


@given(before=losses, after=losses, back=st.integers(0, 5), stepped=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
def test_a_training_goes_on_from_any_checkpoint_of_it(
    tmp_path_factory: pytest.TempPathFactory, before: list[float], after: list[float], back: int, stepped: bool
) -> None:
    folder = tmp_path_factory.mktemp("run") / "run"
    begin = max(len(before) - back, 1)
    told = [*enumerate(before), *enumerate(after, begin)]
    tracker = sm.Tracker(folder, stop=(), most=3)
    for at, (epoch, loss) in enumerate(told):
        if at == len(before):
            tracker = sm.Tracker(folder, stop=(), most=3, resume=True)
        tracker.log(epoch, step=100 * epoch if stepped else None, loss=loss, val_loss=loss)
        file = folder / f"epoch_{epoch}.pt"
        file.write_text(str(at))
        tracker.keep(file)
    count = begin + len(after)
    run = sm.read(folder / "log.jsonl")
    assert run.series["val_loss"].values.tolist() == [*before, *[0.0] * count][:begin] + after
    assert run.series["val_loss"].epochs.tolist() == list(range(count))
    report = tracker.report()
    assert tracker.recommended is not None and tracker.recommended.epoch == report.recommended.epoch
    assert (folder / f"epoch_{count - 1}.pt").exists()


def test_a_training_that_was_killed_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    sm.Tracker(tmp_path, stop=()).log(0, loss=1.0, val_loss=1.0)
    again = sm.Tracker(tmp_path, stop=(), resume=True)
    saved(again, 0, 0.5)
    assert again.report().recommended.epoch == 0 and len(sm.read(again.log_file).series["loss"].values) == 1


def test_epochs_that_begin_at_0_again_lose_nothing(tmp_path: Path) -> None:
    first = sm.Tracker(tmp_path, stop=())
    for epoch, loss in enumerate(LOSSES):
        saved(first, epoch, loss)
    before = first.log_file.read_bytes()
    with pytest.raises(sm.UsageError, match="counts from where it was"):
        sm.Tracker(tmp_path, stop=(), resume=True).log(0, loss=1.0, val_loss=1.0)
    assert first.log_file.read_bytes() == before
