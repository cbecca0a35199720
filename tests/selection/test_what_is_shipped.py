"""What is recommended can be shipped: it has a file where files are known, and no sentence beside it says otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cli import command
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from property_tests import examples

import selectmodel as sm
from selectmodel.errors import SelectModelError
from selectmodel.records import Checkpoint
from selectmodel.selection import aim_sentences

LOSSES = [0.9, 0.8, 0.7, 0.6, 0.552, 0.58, 0.552, 0.57, 0.58, 0.6]
NEAR = [*LOSSES[:6], 0.55212, *LOSSES[7:]]


def run(folder: Path, losses: Sequence[float], saved: Sequence[int], scores: Sequence[float] = ()) -> Path:
    folder.mkdir(exist_ok=True)
    head = "epoch,train_loss,val_loss" + (",val_acc" if scores else "")
    rows = [",".join(map(str, (e, 1 - e / 20, loss, *scores[e : e + 1]))) for e, loss in enumerate(losses)]
    (folder / "training.csv").write_text("\n".join([head, *rows]) + "\n")
    for epoch in saved:
        (folder / "checkpoints").mkdir(exist_ok=True)
        (folder / "checkpoints" / f"epoch_{epoch}.pt").write_text(str(epoch))
    return folder


def test_an_exact_tie_goes_to_the_epoch_with_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = run(tmp_path / "run", LOSSES, [6, 9])
    done = command(capsys, "pick", place)
    assert done.out.startswith("Ship epoch 6 ")
    assert "epoch_6.pt" in done.out
    assert "would have brought" not in done.out
    assert "SM221" not in done.out
    printed = command(capsys, "pick", place, "--print", "checkpoint")
    assert Path(printed.out.strip()) == place / "checkpoints" / "epoch_6.pt"


def test_what_the_unsaved_epoch_would_have_brought(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", run(tmp_path / "run", LOSSES, [0]))
    assert done.out.startswith("Ship epoch 0 ")
    assert "Epoch 4 would have brought val_loss 0.552 instead of 0.900" in done.out
    assert "unclear" not in done.out


def test_an_unsaved_epoch_that_is_hardly_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", run(tmp_path / "run", NEAR, [6, 9]))
    assert done.out.startswith("Ship epoch 6 ")
    assert "not better as far as the log can tell" in " ".join(done.out.split())


def test_json_names_both(tmp_path: Path) -> None:
    answer = sm.recommend(sm.read(run(tmp_path / "run", LOSSES, [0]))).to_dict()
    assert (answer["recommended"]["epoch"], answer["best_saved"]["epoch"], answer["best_unsaved"]["epoch"]) == (0, 0, 4)
    assert {pick["rule"]: pick["epoch"] for pick in answer["picks"]}["aim_loss"] == 4


def test_the_table_names_both(tmp_path: Path) -> None:
    header, first, *rest = sm.recommend(sm.read(run(tmp_path / "run", LOSSES, [0]))).table()
    assert (header[:2], first[:2]) == (("rule", "epoch"), ("aim_loss, with a file", 0))
    assert {row[0]: row[1] for row in rest}["aim_loss"] == 4


def test_a_file_that_the_caller_names(tmp_path: Path) -> None:
    """It counts where it is there; a name alone, as logs have it, does not, not even in the current folder."""
    place = run(tmp_path / "run", LOSSES, [])
    other = tmp_path / "elsewhere" / "epoch_4.pt"
    other.parent.mkdir()
    other.write_bytes(b"w")
    for path, right in ((str(other), str(other)), ("epoch_4.pt", None), (str(other.with_name("epoch_5.pt")), None)):
        named = replace(sm.read(place), checkpoints=(Checkpoint(path, number=4),))
        assert sm.recommend(named, checkpoint_offset=0).recommended.checkpoint == right


def test_the_log_alone(tmp_path: Path) -> None:
    report = sm.recommend(sm.read(run(tmp_path / "run", LOSSES, [0])), checkpoints="off")
    assert (report.recommended.epoch, report.best_saved, report.best_unsaved) == (4, None, None)


def test_the_gate_judges_what_is_shipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = run(tmp_path / "run", LOSSES, [0])
    done = command(capsys, "gate", place, "--max", "val_loss=0.6", "--checkpoint", "always")
    assert done.code == 1
    assert "val_loss is 0.9, above 0.6" in done.out
    assert command(capsys, "gate", place, "--max", "val_loss=0.95", "--checkpoint", "always").code == 0


def test_runs_are_ranked_by_what_can_be_shipped(tmp_path: Path) -> None:
    run(tmp_path / "a", LOSSES, [0])
    run(tmp_path / "b", [loss + 0.01 for loss in LOSSES], [4])
    ranking = sm.rank(tmp_path)
    assert [(one.epoch, one.value, one.unsaved) for one in ranking.runs] == [(4, 0.562, None), (0, 0.9, 4)]
    assert all(one.checkpoint and Path(one.checkpoint).is_file() for one in ranking.runs)


def test_a_best_of_unknown_epoch_is_not_passed_over_for_the_last(tmp_path: Path) -> None:
    """best.pt may hold the best epoch: last.pt is not recommended in its place, nor is anything said to be gone."""
    place = run(tmp_path / "run", LOSSES, [], [0.5 + 0.01 * e for e in range(10)])
    (place / "checkpoints").mkdir()
    for name in ("best.pt", "last.pt"):
        (place / "checkpoints" / name).write_bytes(b"w")
    report = sm.recommend(sm.read(place), aim="loss")
    assert (report.recommended.epoch, report.recommended.checkpoint) == (4, None)
    assert "no_checkpoint" not in [finding.check for finding in report.findings]


@pytest.mark.parametrize(
    ("losses", "last"),
    [([0.9, 0.8, 0.7, 0.71, 0.7], False), ([0.5] * 6, False), ([0.6, 0.5, 0.5], False), ([0.9, 0.4, 0.6, 0.3], True)],
)
def test_may_not_have_finished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], losses: list[float], last: bool
) -> None:
    place = run(tmp_path / "run", losses, [])
    told = command(capsys, "pick", place, "--rule", "best", "--set", "best.ties=last", "--metric", "val_loss").out
    assert ("may not have finished" in " ".join(told.split()) or "still_improving" in told) is last


def test_an_epoch_without_a_file_may_be_as_good_as_the_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", run(tmp_path / "run", [0.9, 0.5, 0.5], [2]), "--only-saved")
    assert done.out.startswith("Ship epoch 2 ")
    assert "may not have finished" not in done.out


LOSS = st.sampled_from([0.5, 0.5001, 0.52, 0.55, 0.56, 0.6, 0.7, 0.9])
SCORE = st.sampled_from([0.8, 0.801, 0.85, 0.8504, 0.9, 0.91])
LOGS = st.lists(st.tuples(LOSS, SCORE), min_size=2, max_size=14)


@settings(deadline=None, max_examples=examples(80))
@example([(0.59, 0.9), (0.5, 0.901), (0.52, 0.9), (0.58, 0.9)], set(), "accuracy")
@example([(0.6, 0.5), (0.482, 0.5), (0.49, 0.5), (0.7, 0.5)], set(), "loss")
@given(LOGS, st.sets(st.integers(0, 13)), st.sampled_from(["accuracy", "loss", "both"]))
def test_laws_of_what_is_shipped(
    tmp_path_factory: pytest.TempPathFactory, points: list[tuple[float, float]], saved: set[int], aim: str
) -> None:
    """The file exists; no epoch with one ties with an epoch without; each alternative gains something at a price."""
    losses, scores = zip(*points, strict=True)
    kept = [epoch for epoch in saved if epoch < len(points)]
    place = run(tmp_path_factory.mktemp("law") / "run", losses, kept, scores)
    try:
        report = sm.recommend(sm.read(place), aim=aim, checkpoint_offset=0)
    except SelectModelError:
        assume(False)
        return
    pick, best = report.recommended, report.best_unsaved
    assert pick.epoch is not None
    if kept:
        assert pick.epoch in kept
        assert Path(pick.checkpoint or "").is_file()
    if best is not None and best.epoch is not None:
        assert best.checkpoint is None
        ours, theirs = points[int(pick.epoch)], points[int(best.epoch)]
        assert theirs[0] < ours[0] or theirs[1] > ours[1]
    for told in aim_sentences.other_aims(report):
        found = re.fullmatch(
            r"epoch (\d+) if (?:right answers matter more|calibrated probabilities matter): "
            r"(\S+) (\S+) instead of (\S+), (\S+) (?:(\S+) (% )?(higher|lower)|is not known)", told
        )  # fmt: skip
        assert found, told
        if found[6]:
            other, ours = points[int(found[1])], points[int(pick.epoch)]
            gain, price = (ours[0] - other[0], ours[1] - other[1])
            if found[2] == "val_acc":
                gain, price = -price, -gain
            assert gain > 0
            assert price > 0
            assert found[3] != found[4]
            assert float(found[6]) > 0
            assert found[2] != found[5] and (found[8] == "higher") == (found[5] == "val_loss")
            assert float(found[6]) == pytest.approx(
                price * (100 / ours[0] if found[7] else 1), abs=0.51 if found[7] else 6e-4
            )
    json.dumps(report.to_dict())


def test_advice_looks_back_on_the_best_epoch_of_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the next run should do does not hang on which files of this one are left."""
    place = run(tmp_path / "run", LOSSES, [0])
    told = [command(capsys, "advise", place, *off).out for off in ((), ("--checkpoints", "off"))]
    assert "best epoch 4 (val_loss 0.552" in told[0]
    assert told[0] == told[1]


def test_a_best_of_unknown_epoch_is_not_passed_over_for_what_is_worse(tmp_path: Path) -> None:
    """best.pt holds one of two epochs, each better than the one that another file holds."""
    accuracies = [0.5, 0.6, 0.7, 0.8, 0.81, 0.82, 0.86, 0.83, 0.82, 0.81]
    place = run(tmp_path / "run", LOSSES, [1], accuracies)
    (place / "checkpoints" / "best.pt").write_bytes(b"w")
    report = sm.recommend(sm.read(place), rule="best", metric="val_acc")
    assert (report.recommended.epoch, report.recommended.checkpoint) == (6, None)
    assert [note.code for note in report.notes if note.code == "SM160"]
    assert sm.recommend(sm.read(place), rule="best", metric="val_acc", only_saved=True).recommended.epoch == 1
