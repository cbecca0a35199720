"""The command line and the Python functions give one answer: the same JSON, the same refusal, the same exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answers import check_answer
from cli import command
from places import SAMPLES

import selectmodel as sm

OVERFITTING, PLATEAU, NAN = "keras/overfitting.csv", "keras/plateau.csv", "keras/nan.csv"
FIRST, SECOND, THIRD = (f"cycles/cycle{n}.csv" for n in (1, 2, 3))
PREDICTIONS = ("cycles/cycle2_predictions.csv", "cycles/cycle3_predictions.csv")
BETTER = {"metric": "val_loss", "max_worse": "1%"}

#: A command line, and what says the same in Python.
ASKED: list[tuple[str, Callable[[], Any]]] = [
    *((f"pick {log}", lambda log=log: sm.recommend(sm.read(log))) for log in (
        OVERFITTING, PLATEAU, NAN, "keras/two_epochs.csv", "keras/leaked.csv", "generic/plateau.csv",
        "keras_tensorboard/overfitting", "lightning/overfitting", "summarywriter/plateau")),
    (f"pick {OVERFITTING} --rule gap --set gap.weight=0.3 --val-size 500 --metric val_loss",
     lambda: sm.recommend(sm.read(OVERFITTING), rule="gap", gap={"weight": 0.3}, val_size=500, metric="val_loss")),
    (f"pick {OVERFITTING} --only-saved --checkpoints keras/overfitting_checkpoints --min-epoch 5",
     lambda: sm.recommend(sm.read(OVERFITTING), only_saved=True, checkpoints="keras/overfitting_checkpoints",
                          min_epoch=5)),
    (f"pick {PLATEAU} --between 3,9", lambda: sm.recommend(sm.read(PLATEAU), between=(3, 9))),
    (f"pick {NAN} --set checks.overfitting=off --aim accuracy",
     lambda: sm.recommend(sm.read(NAN), checks={"overfitting": "off"}, aim="accuracy")),
    ("pick lightning/resumed --run version_1", lambda: sm.recommend(sm.read("lightning/resumed", runs=["version_1"]))),
    ("pick lightning/resumed", lambda: sm.recommend(sm.read("lightning/resumed"))),
    ("pick keras/nowhere.csv", lambda: sm.recommend(sm.read("keras/nowhere.csv"))),
    (f"pick {PLATEAU} --metric val_los", lambda: sm.recommend(sm.read(PLATEAU), metric="val_los")),
    (f"pick {PLATEAU} --between 3,9999", lambda: sm.recommend(sm.read(PLATEAU), between=(3, 9999))),
    (f"pick {PLATEAU} --checkpoints keras/nowhere",
     lambda: sm.recommend(sm.read(PLATEAU), checkpoints="keras/nowhere")),
    ("pick keras/no_validation.csv", lambda: sm.recommend(sm.read("keras/no_validation.csv"))),
    (f"advise {OVERFITTING}", lambda: sm.advise(sm.read(OVERFITTING))),
    (f"advise {OVERFITTING} {PLATEAU} --set advice.early_stopping.points=5",
     lambda: sm.advise([sm.read(OVERFITTING), sm.read(PLATEAU)], advice={"early_stopping": {"points": 5.0}})),
    ("advise keras/no_validation.csv", lambda: sm.advise(sm.read("keras/no_validation.csv"))),
    (f"gate {OVERFITTING} --max val_loss=0.6", lambda: sm.gate(sm.read(OVERFITTING), conditions=[
        {"metric": "val_loss", "max": 0.6}])),
    (f"gate {NAN} --min val_accuracy=0.99 --on worst", lambda: sm.gate(sm.read(NAN), conditions=[
        {"metric": "val_accuracy", "min": 0.99, "on": "worst"}])),
    (f"gate {SECOND} --max-worse val_loss=1% --baseline {FIRST}",
     lambda: sm.gate(sm.read(SECOND), conditions=[BETTER], baseline=FIRST)),
    (f"gate {SECOND} --max-worse val_loss=1% --baseline cycles/nowhere.json --first-run pass",
     lambda: sm.gate(sm.read(SECOND), conditions=[BETTER], baseline="cycles/nowhere.json",
                     require={"first_run": "pass"})),
    (f"gate {SECOND} --max-worse val_loss=1% --baseline cycles/nowhere.json",
     lambda: sm.gate(sm.read(SECOND), conditions=[BETTER], baseline="cycles/nowhere.json")),
    ("gate keras/restarted.csv --max val_loss=9 --allow-degraded --min-epochs 3",
     lambda: sm.gate(sm.read("keras/restarted.csv"), conditions=[{"metric": "val_loss", "max": 9.0}],
                     require={"allow_degraded": True, "min_epochs": 3})),
    (f"gate {PLATEAU}", lambda: sm.gate(sm.read(PLATEAU))),
    ("gate keras/nowhere.csv --max val_loss=1", lambda: sm.gate(sm.read("keras/nowhere.csv"))),
    ("gate keras/no_validation.csv --max val_loss=1",
     lambda: sm.gate(sm.read("keras/no_validation.csv"), conditions=[{"metric": "val_loss", "max": 1.0}])),
    (f"compare {FIRST} {SECOND} {THIRD}", lambda: sm.compare(FIRST, SECOND, THIRD)),
    (f"compare {FIRST} cycles/other_data.csv --val-size 600 800",
     lambda: sm.compare(FIRST, "cycles/other_data.csv", val_size=[600, 800])),
    (f"compare {SECOND} {THIRD} --predictions {' '.join(PREDICTIONS)}",
     lambda: sm.compare(SECOND, THIRD, predictions=PREDICTIONS)),
    ("compare --group old=cycles/seeds/old --group new=cycles/seeds/new --metric val_loss",
     lambda: sm.compare(groups={"old": "cycles/seeds/old", "new": "cycles/seeds/new"}, metric="val_loss")),
    (f"compare {OVERFITTING} {NAN}", lambda: sm.compare(OVERFITTING, NAN)),
    (f"compare {FIRST}", lambda: sm.compare(FIRST)),
    (f"prune {OVERFITTING} --checkpoints keras/overfitting_checkpoints --finished",
     lambda: sm.prune(OVERFITTING, checkpoints="keras/overfitting_checkpoints", finished=True)),
    ("next evaluations/few.csv --count 2 --checkpoints keras/overfitting_checkpoints",
     lambda: sm.evaluate_next("evaluations/few.csv", count=2, checkpoints="keras/overfitting_checkpoints")),
    (f"next {OVERFITTING} --checkpoints off", lambda: sm.evaluate_next(OVERFITTING, checkpoints="off")),
    (f"prune {OVERFITTING} --checkpoints off", lambda: sm.prune(OVERFITTING, checkpoints="off")),
    ("rank sweep --no-cache", lambda: sm.rank("sweep")),
    ("rank keras lightning --no-cache --top 3 --val-size 400",
     lambda: sm.rank("keras", "lightning", top=3, val_size=400)),
    ("rank sweep --no-cache --picks --group-by {config}/seed-{seed}",
     lambda: sm.rank("sweep", picks=True, group_by="{config}/seed-{seed}")),
    ("rank nowhere --no-cache", lambda: sm.rank("nowhere")),
    ("rank sweep --no-cache --engine tpu", lambda: sm.rank("sweep", engine="tpu")),
]  # fmt: skip


@pytest.mark.parametrize(("line", "function"), ASKED, ids=[line for line, _ in ASKED])
def test_both_faces_give_one_answer(
    line: str, function: Callable[[], Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLES)
    done = command(capsys, *line.split(), "--format", "json")
    try:
        answer = function().to_dict()
    except sm.SelectModelError as failure:
        assert done.code == failure.exit_code
        said = [line.removeprefix("error: ") for line in done.err.splitlines()]
        first, *choices = str(failure).splitlines()
        assert said[0] == first and len(said) > len(choices)
        # Behind the flag the command line says more of each run of a folder.
        assert all(
            line == choice or line.startswith(f"{choice}  ") for line, choice in zip(said[1:], choices, strict=False)
        )
        return
    assert done.code == answer.get("exit_code", 0)
    assert json.loads(done.out) == json.loads(json.dumps(answer, allow_nan=False))
    check_answer(answer)


def test_what_is_asked_is_answered_and_refused_by_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLES)
    codes: dict[str, set[bool]] = {}
    for line, _ in ASKED:
        codes.setdefault(line.split()[0], set()).add(command(capsys, *line.split(), "--format", "json").code == 0)
    assert codes == {name: {True, False} for name in ("pick", "advise", "gate", "compare", "next", "prune", "rank")}


def test_a_record_is_a_baseline_for_both_faces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLES)
    record = tmp_path / "record.json"
    assert command(capsys, "pick", FIRST, "--record", record).code == 0
    line = ["gate", SECOND, "--max-worse", "val_loss=1%", "--baseline", record, "--format", "json"]
    done = command(capsys, *line)
    verdict = sm.gate(sm.read(SECOND), conditions=[BETTER], baseline=record)
    assert json.loads(done.out) == verdict.to_dict()
    again = sm.gate(sm.read(THIRD), conditions=[BETTER], baseline=verdict.decision)
    assert again.to_dict()["baseline"]["decision"] == verdict.decision.to_dict()
