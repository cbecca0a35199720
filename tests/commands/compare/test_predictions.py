"""Predictions on the same examples: the exact paired answer, and files that are matched strictly or refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from answers import check_answer
from cli import command
from places import ROOT
from scipy import stats

import selectmodel as sm
from selectmodel.commands.compare.prediction_files import match
from selectmodel.commands.compare.predictions import judge
from selectmodel.errors import LogError

LOGS = ROOT / "sample_logs/cycles"


def files(folder: Path, first: pd.DataFrame, second: pd.DataFrame) -> tuple[Path, Path]:
    paths = folder / "a.csv", folder / "b.csv"
    for path, table in zip(paths, (first, second), strict=True):
        table.to_csv(path, index=False)
    return paths


def table(n: int = 400, right: float = 0.8, seed: int = 0, classes: int = 3) -> pd.DataFrame:
    """Labels, and probabilities of which the share ``right`` is highest for the label."""
    labels = np.random.default_rng(99).integers(0, classes, n)
    rng = np.random.default_rng(seed)
    chosen = np.where(rng.random(n) < right, labels, (labels + 1) % classes)
    shares = np.full((n, classes), 0.2)
    shares[np.arange(n), chosen] = 1 - 0.2 * (classes - 1)
    found = pd.DataFrame({"id": [f"x{i}" for i in range(n)], "label": labels})
    return found.assign(**{f"p_{c}": shares[:, c] for c in range(classes)})


def test_mcnemar_f1_and_log_loss_by_hand(tmp_path: Path) -> None:
    one, other = table(), table(right=0.86, seed=1)
    found = judge(match(*files(tmp_path, one, other)), "a", "b")
    shares = [frame[[f"p_{c}" for c in range(3)]].to_numpy() for frame in (one, other)]
    labels = one["label"].to_numpy()
    hits = [share.argmax(1) == labels for share in shares]
    won, lost = int((hits[1] & ~hits[0]).sum()), int((hits[0] & ~hits[1]).sum())
    assert (found.won, found.lost) == (won, lost)
    assert found.won_ids == tuple(one["id"][hits[1] & ~hits[0]][:5])
    raw = [stats.binomtest(won, won + lost).pvalue, *(metric.p for metric in found.metrics[1:])]
    assert raw[0] <= found.metrics[0].p <= min(1.0, 3 * raw[0])
    accuracy, f1, loss = found.metrics
    assert (accuracy.before, accuracy.after) == pytest.approx((hits[0].mean(), hits[1].mean()))
    scores = []
    for share in shares:
        chosen = share.argmax(1)
        scores.append(
            np.mean([2 * ((chosen == c) & (labels == c)).sum() / ((chosen == c).sum() + (labels == c).sum())
                     for c in range(3)])
        )  # fmt: skip
    assert (f1.before, f1.after) == pytest.approx(tuple(scores))
    losses = [-np.log(share[np.arange(400), labels]) for share in shares]
    assert (loss.before, loss.after) == pytest.approx((losses[0].mean(), losses[1].mean()))
    se = np.std(losses[1] - losses[0]) / 20
    assert (loss.high - loss.low) / 2 == pytest.approx(1.645 * se, rel=0.1)
    assert accuracy.low < accuracy.change < accuracy.high


def test_the_order_of_the_rows_does_not_matter_and_the_draws_are_the_same(tmp_path: Path) -> None:
    one, other = table(), table(right=0.86, seed=1)
    found = judge(match(*files(tmp_path, one, other)), "a", "b")
    assert judge(match(*files(tmp_path, one, other.iloc[::-1])), "a", "b") == found


def test_it_tells_what_two_curves_cannot(tmp_path: Path) -> None:
    labels = np.zeros(500, dtype=int)
    first, second = labels.copy(), labels.copy()
    first[:50] = 1  # 50 wrong
    second[:38] = 1  # 12 of them right now, none lost
    frames = [pd.DataFrame({"id": range(500), "label": labels, "prediction": made}) for made in (first, second)]
    paths = files(tmp_path, *frames)
    assert judge(match(*paths), "a", "b").metrics[0].verdict == "better"
    log = pd.DataFrame({"epoch": range(3), "val_loss": [1, 0.5, 0.6], "val_accuracy": [0.8, 0.9, 0.88]})
    runs = [sm.Run.from_frame(log, "a"), sm.Run.from_frame(log.assign(val_accuracy=[0.8, 0.924, 0.9]), "b")]
    found = sm.compare(*runs, val_size=500, predictions=paths, aim="accuracy")
    assert found.change().verdict == "cannot tell"
    assert found.verdict == "better"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t.drop(index=[3, 5]), "2 of its 400 are missing, 0 others"),
        (lambda t: t.assign(id=t["id"].replace("x0", "y0")), "1 of its 400 are missing, 1 others"),
        (lambda t: pd.concat([t, t.head(2)]), "2 ids stand there more than once"),
        (lambda t: t.assign(label=(t["label"] + 1) % 3), "other labels than .* for 400 examples"),
        (lambda t: t.drop(columns="id"), "has no column id"),
        (lambda t: t.drop(columns="label"), "has no column label"),
        (lambda t: t[["id", "label"]], "no column of predictions"),
        (lambda t: t.assign(p_1=0.9), "do not add up to 1"),
        (lambda t: t.assign(p_1=-1.0), "no probabilities in 0..1"),
        (lambda t: t.drop(columns="p_2").assign(p_1=1 - t["p_0"]), "no probability column for label 2"),
        (
            lambda t: t.assign(label=np.where(t.index == 7, "", t["label"].astype(str))),
            "1 of 400 examples have no label",
        ),
        (lambda t: t.head(0), "holds no examples"),
        (lambda t: t[["id", "label"]].assign(probability=0.5), "is of class 1"),
    ],
)
def test_refused_with_the_numbers(change: object, told: str, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=told):
        match(*files(tmp_path, table(), change(table(seed=1))))  # type: ignore[operator]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b'id,label\n"1', b"1,2\n3,4,5,6\n7"])
def test_no_table(content: bytes, tmp_path: Path) -> None:
    good, _ = files(tmp_path, table(), table())
    bad = tmp_path / "bad.csv"
    bad.write_bytes(content)
    with pytest.raises(LogError, match=r"bad\.csv"):
        match(good, bad)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="is a folder"):
        match(tmp_path, tmp_path)


def test_parquet_and_csv_are_one(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    one, _ = files(tmp_path, table(), table())
    frame = table().astype({"label": float})
    frame.to_parquet(tmp_path / "b.parquet")
    found = match(one, tmp_path / "b.parquet")
    assert (found.first == found.second).all()
    assert (found.first_true == found.second_true).all()


def test_two_classes_with_one_probability(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "label": [0, 1, 1], "probability": [0.2, 0.9, 0.4]})
    found = match(*files(tmp_path, frame, frame))
    assert (found.first == found.labels).tolist() == [True, True, False]
    assert found.first_true is not None and found.first_true.tolist() == pytest.approx([0.8, 0.9, 0.4])


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(LOGS)
    files = ["cycle2_predictions.csv", "cycle3_predictions.csv"]
    done = command(capsys, "compare", "cycle2.csv", "cycle3.csv", "--predictions", *files, "--format", "json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    check_answer(answer)
    assert answer["predictions"]["examples"] == 500
    logged = answer["sides"][1]["values"]["val_accuracy"]
    assert answer["predictions"]["metrics"][0]["after"] == pytest.approx(logged, abs=1e-6)
