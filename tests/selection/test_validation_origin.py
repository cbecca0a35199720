"""Where a policy or a file beside the log says that the validation set is unlike the data in use."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.selection import validation_origin

N = 200
WORDS = ("noisy labels", "shifted", "resampled")


def log(folder: Path, name: str = "training.csv", lift: float = 0.0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["epoch,loss,accuracy,val_loss,val_accuracy"]
    for epoch in range(30):
        right = round((0.6 + lift + 0.25 * (1 - math.exp(-epoch / 5)) + 0.01 * (-1) ** epoch) * N) / N
        rows.append(f"{epoch},{1 / (epoch + 1):.4f},{0.6 + 0.012 * epoch:.4f},{0.9 - lift - 0.01 * epoch:.4f},{right}")
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_range_reaches_further_where_labels_are_noisy_or_data_shifted(tmp_path: Path) -> None:
    run = sm.read(log(tmp_path))
    like = sm.recommend(run).expected
    noisy, shifted = (sm.recommend(run, validation=word).expected for word in WORDS[:2])
    assert like and noisy and shifted
    assert (noisy.value, noisy.low) == (like.value, like.low) and noisy.high > like.high + 0.08
    assert (shifted.value, shifted.high) == (like.value, like.high) and shifted.low < like.low - 0.08
    for one in (noisy, shifted):
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_a_resampled_set_tells_nothing_of_new_data(tmp_path: Path) -> None:
    report = sm.recommend(sm.read(log(tmp_path)), validation="resampled")
    assert report.expected is None
    assert [note.message for note in report.notes if note.code == "SM270"] == [
        "the validation set is said to differ from the data in use (resampled): what val_accuracy is worth there is "
        "not told"
    ]


@pytest.mark.parametrize("word", WORDS)
def test_the_epoch_stays_and_its_chance_is_not_told(tmp_path: Path, word: str) -> None:
    run = sm.read(log(tmp_path))
    like, told = sm.recommend(run), sm.recommend(run, validation=word)
    assert told.recommended.epoch == like.recommended.epoch
    assert like.chance is not None and told.chance is None


def test_screen_json_and_gate_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(log(tmp_path))
    said = ("--set", "validation=shifted")
    screen = command(capsys, "pick", path, *said).out
    assert "on data like the validation set; on the data" in screen and "SM270" in screen
    low = json.loads(command(capsys, "pick", path, *said, "--format", "json").out)["recommended"]["expected"]["low"]
    assert command(capsys, "gate", path, *said, "--min", f"val_accuracy={low - 0.001}", "--on", "worst").code == 0
    assert command(capsys, "gate", path, *said, "--min", f"val_accuracy={low + 0.001}", "--on", "worst").code == 1
    assert command(capsys, "gate", path, "--min", f"val_accuracy={low + 0.001}", "--on", "worst").code == 0
    refused = command(
        capsys, "gate", path, "--set", "validation=resampled", "--min", "val_accuracy=0.1", "--on", "worst"
    )
    assert refused.code == 3 and "(resampled)" in " ".join(refused.out.split())


def test_the_file_beside_the_log_says_it_too(tmp_path: Path) -> None:
    path = log(tmp_path)
    run = sm.read(path)
    (tmp_path / "selectmodel-data.toml").write_text('validation = "noisy labels"\n')
    beside, given = sm.recommend(run), sm.recommend(run, validation="noisy labels")
    assert beside.expected == given.expected
    shifted = sm.recommend(run, validation="shifted").expected  # what the policy says wins
    assert shifted and beside.expected and shifted.low < beside.expected.low


def test_a_word_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log(tmp_path)
    assert "one of noisy labels, shifted, resampled" in command(capsys, "pick", path, "--set", "validation=noisy").err
    (tmp_path / "selectmodel-data.toml").write_text("validation = 3\n")
    with pytest.raises(sm.SelectModelError, match="validation: 3 is not allowed; it takes one of noisy labels"):
        sm.recommend(sm.read(path))


def test_no_verdict_on_a_loss(tmp_path: Path) -> None:
    pair = [log(tmp_path / "a"), log(tmp_path / "b", lift=0.12)]
    like = sm.compare(*pair, val_size=2000)
    assert {change.metric: change.verdict for change in like.against[0].changes}["val_loss"] == "better"
    (tmp_path / "b" / "selectmodel-data.toml").write_text('validation = "shifted"\n')
    told = sm.compare(*pair, val_size=2000)
    verdicts = {change.metric: change for change in told.against[0].changes}
    assert verdicts["val_accuracy"].verdict == "better"
    assert verdicts["val_loss"].verdict == "withheld" and "(shifted)" in verdicts["val_loss"].why
    assert "84 to 86 %" in " ".join(told.against[0].remarks)


def test_a_history_keeps_what_was_said(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    for name, lift in (("a", 0.0), ("b", 0.12)):
        path = log(tmp_path / name, lift=lift)
        (path.parent / "selectmodel-data.toml").write_text('validation = "noisy labels"\nval_size = 2000\n')
        sm.compare(path, history=history)
    told = sm.compare(history=history)
    assert told.change("val_loss").verdict == "withheld"


def test_a_ranking_stays_one_of_data_like_the_validation_set(tmp_path: Path) -> None:
    for name, lift in (("a", 0.0), ("b", 0.05)):
        log(tmp_path / name, lift=lift)
    like, told = sm.rank(tmp_path), sm.rank(tmp_path, validation="resampled")
    assert [(run.name, run.low, run.high) for run in told.runs] == [(run.name, run.low, run.high) for run in like.runs]
    assert any("data like the validation set" in note.message for note in told.notes)


def test_every_word_was_measured_and_has_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = " ".join(command(capsys, "explain", "expect").out.split())
    for word in WORDS:
        found = validation_origin.measured()[word]  # type: ignore[index]
        assert found.after[0] > found.before[0] and found.after[1] <= found.after[0] <= found.after[2]
        assert f"{100 * found.before[0]:.0f} % of {found.runs:,} runs" in page and f'validation = "{word}"' in page
        for name, one in found.elsewhere.items():
            assert f"{100 * one.before[0]:.0f} % of {one.runs:,} {name} runs" in page
    assert {"public", "fine-tuning"} <= set(validation_origin.measured()["like"].elsewhere)
