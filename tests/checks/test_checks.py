"""What each check finds and does not find, and how the policy decides what becomes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answers import check_answer
from cli import command
from places import SAMPLES
from questions import ask_of

import selectmodel as sm
from selectmodel import registry
from selectmodel.errors import PolicyError
from selectmodel.policy import policy
from selectmodel.records import Finding, Note, Pick, Question

LOGS = SAMPLES
T = np.arange(60)
NOISE = np.random.default_rng(1).normal(0, 0.01, 60)
FALLS = 0.4 + np.exp(-T / 8)
RISES = FALLS + np.maximum(T - 20, 0) * 0.01
ENDS_5_PERCENT_UP = np.where(T < 30, 0.5 + np.exp(-T / 5), 0.529)
SPARSE = [0.9, 0.7, 0.5, 0.4, 0.42, 0.44]
LEARNT = np.minimum(1.0, 0.4 + 0.05 * T)
SETTLES = 0.9 - 0.5 * np.exp(-T / 8)


def ask(values: Any = FALLS, **more: Any) -> Question:
    return ask_of(values, **{"split": "val", **more})


def find(check: str, question: Question, **given: Any) -> list[Finding]:
    index = int(np.argmin(question.cost)) if question.allowed.any() else None
    return list(registry.load("checks", check).find(question, Pick(index, "lowest"), **given))


def trained(**more: Any) -> Question:
    """A run whose training loss and accuracy are known."""
    train = {"loss": np.exp(-T / 6), "accuracy": LEARNT} | more.pop("companions", {})
    return ask(more.pop("values", FALLS), companions=train, train_loss="loss", train_score="accuracy", **more)


NAN_FROM_40 = np.where(T < 40, np.exp(-T / 6), np.nan)
FLOOR = np.where(T < 12, 1.2 * np.exp(-T / 5), 0.1 + 0.004 * np.cos(T))
TWICE = 1 + np.exp(-T / 2) + 0.5 * np.exp(-(((T - 25) / 8) ** 2)) - 0.004 * T
ALONE = np.where(T == 30, 0.98, 0.8) + NOISE
RATE = np.where(T < 30, 0.1, 0.01)

FIRES: list[tuple[str, Question, str]] = [
    (
        "overfitting",
        ask(RISES),
        "val_loss ends 64 % above its minimum of epoch 20 and stays more than 1 % above it from epoch 24 on",
    ),
    ("overfitting", ask([0.6, 0.5, 0.45, 0.5, 0.6, 0.7]), "above its minimum"),
    ("overfitting", trained(values=RISES, companions={"loss": 0.2 + RISES}), "the fit broke down"),
    ("overfitting", trained(values=ENDS_5_PERCENT_UP), "val_loss ends 5 % above its minimum"),
    ("overfitting", ask(SPARSE, epochs=10 * np.arange(6.0)), "val_loss ends 10 % above its minimum"),
    ("saturated", trained(val_score=SETTLES), "accuracy is 100 % from epoch 12 on"),
    ("saturated", trained(), "margins still grew"),
    (
        "overconfidence",
        ask(RISES, val_score=0.5 + T / 150, val_size=500),
        "for right answers believe val_accuracy (right in 4 of 5",
    ),
    ("double_descent", ask(TWICE), "patience 10 would have stopped at epoch 20, before the second descent"),
    ("still_improving", ask(2 * 0.99**T), "still improving at the end"),
    ("still_improving", ask([3.0, 2.5, 2.0]), "over the last validation"),
    ("diverged", trained(companions={"loss": NAN_FROM_40}), "loss is not finite from epoch 40 on"),
    ("diverged", trained(companions={"loss": NAN_FROM_40}, learning_rate=RATE), "the learning rate was 0.0100 there"),
    ("diverged", trained(values=0.1 * 1.2**T, companions={"loss": 0.1 * 1.2**T}), "exploded"),
    ("unstable", ask(FALLS * np.where(T % 2, 1.0, 1.6)), "partly luck"),
    (
        "small_validation",
        ask(val_score=np.round(SETTLES * 40 + 60 * NOISE) / 40, val_size=40, score_kind="counts"),
        "to tell",
    ),
    (
        "val_better_than_train",
        trained(values=0.5 * np.exp(-T / 6)),
        "is below loss at each of 30 validations of the second half",
    ),
    ("too_good", ask(val_score=np.minimum(1, 0.5 + T / 20)), "is perfect from epoch 10 on"),
    ("too_good", ask(val_score=0.985 + T / 10000), "is 0.985 at epoch 0 already"),
    ("constant", ask([0.7] * 20), "0.700 at every one of 20 validations"),
    ("constant", ask(np.where(T < 5, 1.0 - T / 10, 0.5)), "stuck at 0.500 from epoch 5 on"),
    ("disagree", ask(FALLS, val_score=np.where(T < 30, 0.8, 0.7), val_size=500), "val_accuracy is best around epoch"),
    ("lone_spike", ask(val_score=ALONE), "is a spike (the two validations on either side reach"),
    ("lr_drop", ask(np.where(T < 30, 1.0, 0.8) + NOISE, learning_rate=RATE), "falls from 0.100 to 0.010 at epoch 30"),
    ("flooding", trained(companions={"loss": FLOOR}), "hovers around 0.0997"),
    ("selecting_on_test", ask(split="test"), "measured on test data"),
    ("selecting_on_train", ask(FALLS, monitor="loss", split="train", val_loss=RISES), "cannot see overfitting"),
    ("no_validation", ask(FALLS, monitor="loss", split="train"), "no validation values"),
    ("resumed", ask(notes=(Note("SM105", "twice", anew=True),)), "resumed from an earlier epoch"),
    ("sparse_evaluation", ask([3, 2, 1], timeline=[-1, 0] * 2 + [-1, 2, -1]), "at 3 of 7 logged epochs"),
    ("no_checkpoint", ask([3, 1, 2, 4], has_file=[1, 0, 0, 1]), "epoch 1 has no checkpoint; 2 of 4 have"),
    (
        "no_checkpoint",
        ask([1, 2, np.nan], has_file=[0, 0, 1], diverged=np.array([False, False, True])),
        "1 of 3 have, all of them where the network had diverged",
    ),
    (
        "no_checkpoint",
        ask([3, 2, 1, np.nan], has_file=[1, 0, 0, 1], diverged=np.array([False, False, False, True])),
        "the nearest that had not diverged is epoch 0",
    ),
    ("framework_best", ask([3, 1, 2], replayed={"keras": 0}), "keras would keep epoch 0, not epoch 1: val_loss 3.00"),
    ("framework_best", ask_of([0.5, 0.9, 0.9], "max", replayed={"keras": 2}), "a tie"),
]
SILENT: list[tuple[str, Question]] = [
    ("overfitting", ask(FALLS + NOISE)),
    ("overfitting", ask([0.5, 0.45, 0.49])),
    ("overfitting", ask([0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.48, 0.46, 0.45, 0.9])),
    ("overfitting", trained(values=ENDS_5_PERCENT_UP, companions={"loss": 0.3 + np.exp(-T / 6)})),
    ("overfitting", ask(SPARSE, epochs=np.arange(6.0))),
    ("overfitting", trained(values=RISES, companions={"loss": NAN_FROM_40})),
    ("overfitting", ask(-RISES)),
    ("saturated", trained(companions={"accuracy": np.minimum(0.97, LEARNT)})),
    ("saturated", ask()),
    ("overconfidence", ask(RISES, val_score=0.9 - T / 150, val_size=500)),
    ("overconfidence", ask(FALLS, val_score=0.5 + T / 150, val_size=500)),
    ("double_descent", ask(RISES + NOISE)),
    ("still_improving", ask(FALLS)),
    ("still_improving", ask(RISES)),
    ("still_improving", ask(np.where(T < 40, 2 * 0.99**T, np.nan))),
    ("still_improving", trained(values=2 * 0.99**T, companions={"loss": NAN_FROM_40})),
    ("diverged", trained()),
    ("diverged", trained(companions={"loss": np.where(T % 5, np.nan, FALLS)}, absent={"loss": T % 5 > 0})),
    ("unstable", ask(FALLS + NOISE)),
    ("small_validation", ask(val_score=np.round(SETTLES * 9000) / 9000, val_size=9000, score_kind="counts")),
    ("small_validation", ask(val_score=SETTLES)),
    ("val_better_than_train", trained()),
    ("too_good", ask(val_score=SETTLES)),
    ("constant", ask(FALLS, val_score=np.where(T < 30, SETTLES, 0.9))),
    ("disagree", ask(FALLS, val_score=SETTLES, val_size=500)),
    ("lone_spike", ask(FALLS + NOISE, val_score=SETTLES + NOISE)),
    ("lr_drop", ask(FALLS, learning_rate=0.1 * 0.95**T)),
    ("flooding", trained()),
    ("selecting_on_test", ask()),
    ("selecting_on_train", ask()),
    ("no_validation", ask()),
    ("resumed", ask(notes=(Note("SM102", "rows"),))),
    ("sparse_evaluation", ask([3, 2, 1])),
    ("no_checkpoint", ask([3, 1, 2], has_file=[0, 0, 0])),
    ("no_checkpoint", ask([3, 1, 2], has_file=[0, 1, 0])),
    ("framework_best", ask([3, 1, 2], replayed={"keras": 1})),
]


@pytest.mark.parametrize(("check", "question", "told"), FIRES, ids=[f"{f[0]}-{i}" for i, f in enumerate(FIRES)])
def test_it_fires(check: str, question: Question, told: str) -> None:
    with np.errstate(all="ignore"):
        found = find(check, question)
    assert any(told in finding.message for finding in found), found


@pytest.mark.parametrize(("check", "question"), SILENT, ids=[f"{s[0]}-{i}" for i, s in enumerate(SILENT)])
def test_it_is_silent(check: str, question: Question) -> None:
    with np.errstate(all="ignore"):
        assert find(check, question) == []


def test_every_check_has_a_case_of_either_kind() -> None:
    """Here, or in its own file, where tests/laws/test_declared_cases.py runs them."""
    declared = {check for check in registry.names("checks") if registry.load("checks", check).cases}
    for cases in (FIRES, SILENT):
        assert {case[0] for case in cases} | declared == set(registry.names("checks"))


def test_settings_change_what_is_found() -> None:
    assert find("overfitting", ask(RISES), threshold=2.0) == []
    assert find("double_descent", ask(TWICE), patience=40)[0].message.endswith("would not have stopped it")


def report(log: str = "keras/overfitting.csv", **keys: Any) -> sm.Report:
    return sm.recommend(sm.read(LOGS / log), **keys)


def levels_of(found: sm.Report) -> dict[str, str]:
    return {finding.check: finding.level for finding in found.findings}


def test_the_policy_sets_levels_and_the_worst_comes_first() -> None:
    assert levels_of(report())["overfitting"] == "warn"
    assert "overfitting" not in levels_of(report(checks={"overfitting": "off"}))
    found = report("keras/nan.csv", checks={"unstable": {"level": "fail"}})
    assert [finding.level for finding in found.findings] == ["fail", "warn"]
    assert found.findings[0].code == "SM207"
    assert "overfitting" not in levels_of(report(checks={"overfitting": {"threshold": 9.0}}))


def test_epochs_are_labelled_as_logged() -> None:
    (overfitting,) = (one for one in report("lightning/overfitting").findings if one.check == "overfitting")
    assert overfitting.epochs[-1] == 79


def test_the_policy_file_sets_levels_and_settings(tmp_path: Path) -> None:
    file = tmp_path / "selectmodel.toml"
    file.write_text('[checks]\nsaturated = "off"\n[checks.overfitting]\nlevel = "fail"\nthreshold = 0.2\n')
    loaded = policy.load(file, sets=["checks.overfitting.threshold=0.3", "checks.unstable=warn"])
    assert loaded.checks == {
        "saturated": {"level": "off"},
        "overfitting": {"level": "fail", "threshold": 0.3},
        "unstable": {"level": "warn"},
    }


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "selectmodel.toml"
    file.write_text('[checks]\noverfiting = "warn"\nunstable = "bad"\n[checks.saturated]\nlefft = 3\nleft = 0\n')
    with pytest.raises(PolicyError) as refusal:
        policy.load(file, sets=["checks=3"])
    told = str(refusal.value)
    assert "selectmodel.toml:2: checks.overfiting: no such check; did you mean overfitting?" in told
    assert "selectmodel.toml:3: checks.unstable: 'bad' is not allowed; it takes one of off, note, warn, fail" in told
    assert "selectmodel.toml:5: checks.saturated.lefft: check saturated has no such setting; did you mean left?" in told
    assert "selectmodel.toml:6: checks.saturated.left: 0 is not allowed; it takes a whole number of at least 1" in told
    assert "must be a table of check = level" in told
    with pytest.raises(PolicyError, match=r"checks\.overfiting: no such check"):
        report(checks={"overfiting": "off"})


def strict(text: str) -> Any:
    answer = json.loads(text)
    check_answer(answer)
    return answer


def test_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    listed = strict(command(capsys, "checks", "--format", "json").out)["checks"]
    assert {entry["name"] for entry in listed} == set(registry.names("checks"))
    assert listed[0]["code"] == "SM201" and 0.5 < listed[0]["right"] <= 1
    assert "overfitting" in command(capsys, "checks").out
    by_code, by_name = (command(capsys, "explain", name).out for name in ("sm201", "overfitting"))
    assert by_code == by_name and by_code.startswith("overfitting (check SM201)")
    assert "checks.overfitting.threshold" in by_code
    strict(command(capsys, "explain", "SM206", "--format", "json").out)


def test_pick_prints_findings_shortly(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    log = LOGS / "keras/overfitting.csv"
    short, long = (command(capsys, "pick", log, *more).out for more in ((), ("--verbose",)))
    line = "warn SM201 overfitting: val_loss ends 31 % above its minimum of epoch 13"
    assert line in short and line in long
    assert "minimum 0.478" in long and "minimum 0.478" not in short
    told = strict(command(capsys, "pick", log, "--format", "json", "--set", "checks.overfitting=fail").out)["findings"]
    assert (told[0]["code"], told[0]["name"], told[0]["level"]) == ("SM201", "overfitting", "fail")


@pytest.mark.parametrize(
    ("log", "check"),
    [
        ("saturated", "saturated"),
        ("overconfident", "overconfidence"),
        ("double_descent", "double_descent"),
        ("flooded", "flooding"),
        ("spike", "lone_spike"),
        ("nan", "diverged"),
        ("resumed", "resumed"),
        ("short", "still_improving"),
        ("dropout", "val_better_than_train"),
        ("leaked", "too_good"),
        ("rate_drop", "lr_drop"),
        ("overfitting", "overfitting"),
    ],
)
def test_each_story_is_told(log: str, check: str) -> None:
    assert check in levels_of(report(f"keras/{log}.csv"))


def test_a_clean_run_has_no_findings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert report("keras/clean.csv").findings == ()
    monkeypatch.setenv("COLUMNS", "100")
    assert len(command(capsys, "pick", LOGS / "keras/clean.csv").out.splitlines()) < 25


def test_a_note_is_not_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    told = command(capsys, "pick", LOGS / "keras/no_validation.csv", "--metric", "loss:min").out
    assert "SM218" in told and "SM165" not in told
    silent = ("pick", LOGS / "keras/no_validation.csv", "--metric", "loss:min", "--set", "checks.no_validation=off")
    assert "SM165" in command(capsys, *silent).out
