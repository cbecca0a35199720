"""What is advised for runs whose story is known, and the figures it quotes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answers import check_answer
from cli import command
from pasts import finding, past_of
from places import SAMPLES
from questions import ask_of

import selectmodel as sm
from selectmodel import registry
from selectmodel.advice import flooding
from selectmodel.advice.hindsight import corpus, early_stopping, finished_run, label_noise
from selectmodel.advice.hindsight import limits as thresholds
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.commands.advise import answer
from selectmodel.frameworks import snippets
from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.keras import early_stopping as keras_stopping
from selectmodel.policy.policy import Policy
from selectmodel.records import Advice, Question

LOGS = SAMPLES


def sure(past: Past | None) -> Past:
    assert past is not None
    return past


def said(subject: str, *pasts: Past, **given: Any) -> list[Advice]:
    return list(registry.load("advice", subject).advise(pasts, **given))


def valley(n: int = 60, low: int = 10) -> np.ndarray:
    """Falls to 0.5 at ``low`` and rises from there, without noise."""
    return 0.5 + 0.01 * np.abs(np.arange(n) - low)


# early stopping


@pytest.mark.parametrize(
    ("patience", "stop", "saved"), [(3, 13, 46 / 60), (20, 30, 29 / 60), (49, 59, 0), (50, None, 0)]
)
def test_where_a_valley_would_have_been_left(patience: int, stop: int | None, saved: float) -> None:
    past = sure(past_of(ask_of(valley())))
    found = early_stopping.replay(past, next(early_stopping.monitors(past.question)), patience)
    assert found.index == stop and found.lost == 0
    assert found.saved == pytest.approx(saved)


def test_a_replay_is_that_of_the_framework_and_the_rule_picks_of_what_was_run() -> None:
    values = np.array([1, 0.9, 0.95, 0.96, 0.97, 0.5, *[0.8] * 20])
    past = sure(past_of(ask_of(values)))
    found = early_stopping.replay(past, next(early_stopping.monitors(past.question)), 3)
    course = CallbackRun.of(past.question)
    own = keras_stopping(course.values, course.present, range(26), goal="min", patience=3)
    assert found.index == own.stop == 4
    assert found.picked == 1 and found.lost == pytest.approx(0.4)


def test_lightning_stops_at_a_value_that_is_not_finite_and_keras_waits() -> None:
    values = [1, 0.9, 0.8, math.nan, *[math.nan] * 30]
    ends = {}
    for framework in ("keras", "lightning"):
        past = sure(past_of(ask_of(values), framework=framework))
        ends[framework] = early_stopping.replay(past, next(early_stopping.monitors(past.question)), 10).index
    assert ends == {"keras": 12, "lightning": 3}


@pytest.mark.parametrize(("n", "patience"), [(30, 20), (80, 20), (100, 20), (150, 30), (400, 80)])
def test_the_recommended_patience_is_a_fifth_of_the_length_and_twenty_at_least(n: int, patience: int) -> None:
    first = said("early_stopping", sure(past_of(ask_of(valley(n)))))[0]
    assert first.evidence["patience"] == patience and first.evidence.get("stop", 10 + patience) == 10 + patience
    known = corpus.length("loss", 0.3)
    assert known["share"] == 0.2 and f"lost {known['points']:g} percentage points" in first.why
    hill = valley(n)
    hill[-1] = 0.4  # what one run would have needed tells little of the next
    assert said("early_stopping", sure(past_of(ask_of(hill))))[0].evidence["patience"] == patience


def test_who_asks_for_less_loss_gets_more_patience() -> None:
    asked = {points: said("early_stopping", sure(past_of(ask_of(valley(200)))), points=points)[0] for points in
             (1.0, 0.3, 0.1, 0.0)}  # fmt: skip
    patience = [one.evidence["patience"] for one in asked.values()]
    assert patience[0] == 20 and patience[1] == 40 and patience == sorted(patience) and patience[-1] == 100
    assert asked[0.3].message.endswith("would have stopped at epoch 50: 74 % of the epochs saved, nothing lost.")


def test_a_score_takes_more_patience_than_a_loss() -> None:
    first = said("early_stopping", sure(past_of(ask_of(1 - valley(100), goal="max", monitor="val_accuracy"))))[0]
    assert first.evidence["patience"] == 30 and 'monitor="val_accuracy"' in first.message


def test_what_it_would_have_lost_here_is_said_and_is_no_line_of_pick() -> None:
    hill = np.concatenate([valley(80), [0.1], np.full(20, 0.6)])
    first = said("early_stopping", sure(past_of(ask_of(hill))))[0]
    assert "0.400 of val_loss lost, more than its noise" in first.message and first.worth == 0
    assert "train to the end and pick afterwards" in first.why and "70 validations" in first.why


def test_several_runs_are_served_by_one_setting() -> None:
    late = valley(80)
    late[35] = 0.45
    pasts = [sure(past_of(ask_of(valley(80)))), sure(past_of(ask_of(late)))]
    first = said("early_stopping", *pasts)[0]
    assert first.evidence["patience"] == 20
    assert first.message.startswith('EarlyStopping(monitor="val_loss", patience=20) would have stopped 2 of 2 runs')
    assert "more than its noise" in first.message and first.worth == 0


def test_the_table_holds_every_monitor_patience_and_min_delta() -> None:
    question = ask_of(valley(80), val_score=1 - valley(80))
    table = said("early_stopping", sure(past_of(question)))[-1].rows
    assert table[0][:4] == ("monitor", "patience", "min_delta", "stop")
    shown = {(row[0], row[2]) for row in table[1:]}
    assert shown == {
        ("val_loss", 0.0), ("val_loss", 0.001), ("val_loss", 0.01), ("EMA of val_loss", 0.0),
        ("val_accuracy", 0.0), ("val_accuracy", 0.001), ("val_accuracy", 0.01),
    }  # fmt: skip
    assert len(table) == 1 + 7 * len(early_stopping.PATIENCES)


@pytest.mark.parametrize(("best", "expected"), [(0.48, 0.001), (2.5, 0.01), (0.03, 1e-4), (1e-300, 1e-102)])
def test_min_delta_follows_the_size_of_the_metric(best: float, expected: float) -> None:
    past = sure(past_of(ask_of(np.linspace(2 * best, best, 20))))
    assert early_stopping.min_deltas(past.question, next(early_stopping.monitors(past.question)))[1] == pytest.approx(
        expected
    )


def test_a_truncated_question_is_the_question_of_that_time() -> None:
    question = ask_of(valley(20), train=valley(20), val_score=valley(20), timeline=[0, -1, *range(1, 20)])
    cut = finished_run.until(question, 5)
    assert cut.n == 5 and cut.timeline.tolist() == [0, -1, 1, 2, 3, 4]
    assert all(len(column) == 5 for column in cut.companions.values())
    assert isinstance(cut, Question)


# names


@pytest.mark.parametrize(
    ("name", "own", "keras", "lightning", "huggingface"),
    [
        ("val_loss", "keras", "val_loss", "val_loss", "eval_loss"),
        ("eval_loss", "huggingface", "val_loss", "eval_loss", "eval_loss"),
        ("eval/loss", "huggingface", "val_loss", "eval/loss", "eval_loss"),
        ("validation/epoch_loss", "keras", "val_loss", "validation/epoch_loss", "eval_loss"),
        ("val/loss", "lightning", "val_loss", "val/loss", "eval_loss"),
        ("valid_f1", None, "val_f1", "valid_f1", "eval_f1"),
        ("score", None, "score", "score", "score"),
    ],
)
def test_a_metric_in_each_frameworks_own_words(
    name: str, own: Any, keras: str, lightning: str, huggingface: str
) -> None:
    assert [snippets.metric(name, framework, own) for framework in ("keras", "lightning", "huggingface")] == [  # type: ignore[arg-type]
        keras,
        lightning,
        huggingface,
    ]


@pytest.mark.parametrize(
    "name", ["val_loss", 'a"b', "a'b\"c", "x\\", "new\nline", "\x1b[31m", "\u202e", '"); import os  # ']
)
def test_a_literal_is_the_name_and_nothing_else(name: str) -> None:
    text = snippets.literal(name)
    assert eval(text) == name and text.isascii() and text.isprintable()


# thresholds


def test_limits_are_met_where_they_come_from_and_rounded_to_be_easier() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 60)
    past = sure(past_of(ask_of(valley() + noise, val_score=0.9 - valley() / 10 + noise, val_size=100)))
    limits = thresholds.estimate([past], 0.5)
    assert limits is not None and [limit.name for limit in limits] == ["val_loss", "val_accuracy"]
    at = thresholds.first_met(past.question, limits)
    assert at is not None and at <= past.index
    loss, score = limits
    assert loss.value > loss.at and score.value < score.at
    assert score.noise >= 0.25 / 100**0.5
    assert len(f"{loss.value}") <= 7


def test_limits_of_several_runs_are_those_of_the_worst() -> None:
    good, bad = (sure(past_of(ask_of(valley() + shift))) for shift in (0, 0.3))
    (limit,) = thresholds.estimate([good, bad], 1.0) or ()
    assert limit.at == pytest.approx(0.8)


# flooding and wrong labels


def learning(n: int = 60, mistakes: bool = True) -> Question:
    t = np.arange(n)
    train = 0.75 + 0.25 * t / n
    val = np.where(t < 15, 0.5 + 0.4 * t / 15, 0.9 - (0.1 if mistakes else 0.0) * (t - 15) / n)
    return ask_of(valley(low=15), val_score=val, companions={"loss": 2 * np.exp(-t / 15), "accuracy": train})


def test_wrong_labels_are_suspected_where_mistakes_are_learnt() -> None:
    assert label_noise.suspected(sure(past_of(learning()))) is not None
    assert label_noise.suspected(sure(past_of(learning(mistakes=False)))) is None
    (one,) = said("data", sure(past_of(learning())))
    assert "wrong labels" in one.message and "68 other" in one.why


def test_flooding_is_offered_only_where_it_can_help() -> None:
    assert said("flooding", sure(past_of(learning(mistakes=False)))) == []
    overfit = sure(past_of(learning(mistakes=False), findings=[finding("overfitting")]))
    first, keras = said("flooding", overfit, levels=4)
    levels = list(first.evidence.values())
    train = overfit.curve("loss")
    assert levels[0] == 0 and len(levels) == 5 and levels == sorted(levels)
    assert train.min() < levels[1] and levels[-1] < train[15]
    assert "loss = (loss - b).abs() + b" in first.snippet and "keras.losses.Loss" in keras.snippet


def test_a_run_that_never_neared_zero_is_not_flooded() -> None:
    question = ask_of(valley(), companions={"loss": np.linspace(2, 1, 60)})
    assert said("flooding", sure(past_of(question, findings=[finding("overfitting")]))) == []


def test_a_flooded_run_is_recognised_beside_the_plain_one_and_compared() -> None:
    t = np.arange(60)
    plain = sure(past_of(ask_of(valley(), val_score=1 - valley(), companions={"loss": np.exp(-t / 8)}), name="plain"))
    level = np.maximum(np.exp(-t / 8), 0.2)
    calm = ask_of(valley() * 0.9, val_score=1.01 - valley(), companions={"loss": level}, val_size=200)
    flooded = sure(past_of(calm, name="calm", findings=[finding("flooding", level=0.2)]))
    for pair in ((plain, flooded), (flooded, plain)):
        (one,) = said("flooding", *pair)
        assert one.message.startswith(
            "calm looks flooded at about 0.200 (label smoothing and strong weight decay leave "
        )
        assert "such a floor too), plain does not." in one.message
        assert "val_accuracy with that floor: +1.00 percentage points at the recommended epoch" in one.message
        assert "within the standard error" in one.message
        assert len(one.rows) == 5
    assert said("flooding", plain, plain) == []


def test_flooding_of_a_real_training_is_found_in_either_order_and_at_its_level() -> None:
    plain, flooded = (sm.read(LOGS / f"keras/{name}.csv") for name in ("saturated", "flooded"))  # flooded at 0.1
    for pair in ([plain, flooded], [flooded, plain]):
        ((_, found),) = [pair for pair in sm.advise(pair).advice if pair[0] == "flooding"]
        assert found.evidence["level"] == pytest.approx(0.1, rel=0.25)
        assert found.message.startswith("flooded.csv looks flooded at about ")
        assert [row[0] for row in found.rows[1:]] == ["saturated.csv"] * 2 + ["flooded.csv"] * 2


def test_levels_lie_between_the_bounds_and_hold_zero() -> None:
    assert flooding.grid(0.01, 1.0, 3) == [0.0, 0.032, 0.1, 0.32]


# what is tied to findings


@pytest.mark.parametrize(
    ("subject", "check", "words"),
    [
        ("training_length", "still_improving", "Train longer, such as 120 epochs instead of 60"),
        ("training_length", "double_descent", "Do not stop at the first rise"),
        ("regularisation", "overfitting", "This run overfits: try weight decay first"),
        ("data", "too_good", "Look for training examples in the validation set"),
        ("data", "constant", "Check how the metric is computed"),
        ("validation_size", "small_validation", "Validate on more than 50 examples"),
    ],
)
def test_advice_is_tied_to_its_finding(subject: str, check: str, words: str) -> None:
    question = ask_of(valley(low=40), val_size=50)
    assert said(subject, sure(past_of(question))) == []
    evidence = {"needed": 900.0, "second to first": 0.9}
    (one,) = said(subject, sure(past_of(question, findings=[finding(check, **evidence)])))
    assert one.message.startswith(words)


def test_a_second_descent_that_ends_higher_is_no_reason_to_wait_for_it() -> None:
    past = past_of(ask_of(valley(low=40)), findings=[finding("double_descent", **{"second to first": 1.3})])
    assert not any("first rise" in one.message for one in said("training_length", sure(past)))


def test_averaging_names_the_files_where_all_are_there() -> None:
    past = sure(past_of(ask_of(np.linspace(1, 0.5, 40))))
    (told,) = said("averaging", replace(past, files={place: f"ck/model_{place}.pt" for place in range(30, 40)}))
    assert "model_35.pt, model_36.pt, model_37.pt, model_38.pt, model_39.pt." in told.message
    assert told.snippet.endswith("    'ck/model_39.pt',\n]\nweights = averaged(paths)")
    (told,) = said("averaging", replace(past, files={39: "ck/model_39.pt"}))
    assert "model_39" not in told.message + told.snippet


def test_averaging_only_at_a_constant_rate_and_at_the_end() -> None:
    falls = np.linspace(1, 0.5, 60)
    assert len(said("averaging", sure(past_of(ask_of(falls))))) == 1
    assert said("averaging", sure(past_of(ask_of(falls), findings=[finding("lr_drop")]))) == []
    assert said("averaging", sure(past_of(ask_of(falls), findings=[finding("overfitting")]))) == []
    assert said("averaging", sure(past_of(ask_of(valley())))) == []


# the whole


def test_pick_ends_with_what_is_useful_and_with_nothing_else() -> None:
    found = sm.recommend(sm.read(LOGS / "keras/overfitting.csv"), metric="val_loss", rule="best")
    assert [subject for subject, _ in found.advice] == ["early_stopping", "data"]
    assert "patience=20) would have stopped at epoch 33: 43 % of the epochs saved" in found.advice[0][1].message
    assert found.to_dict()["advice"][0]["name"] == "early_stopping"
    assert sm.recommend(sm.read(LOGS / "keras/two_epochs.csv")).advice == ()


def test_advise_in_every_format(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = LOGS / "keras/overfitting.csv"
    files = [tmp_path / f"a.{suffix}" for suffix in ("json", "html", "csv", "txt")]
    done = command(capsys, "advise", log, *(part for file in files for part in ("-o", file)))
    assert done.code == 0 and done.out.startswith("overfitting.csv: 60 validations, best epoch ")
    answer = json.loads(files[0].read_text())
    check_answer(answer)
    for one in answer["advice"]:
        compile(one["snippet"], one["name"], "exec")
        assert all(line in done.out for line in one["snippet"].splitlines())
    assert files[2].read_text().startswith("subject,item,row,name,value\n")
    assert "EarlyStopping" in files[1].read_text()


def test_every_subject_has_a_page_that_explain_shows(capsys: pytest.CaptureFixture[str]) -> None:
    for subject in registry.names("advice"):
        done = command(capsys, "explain", f"advice.{subject}")
        assert done.code == 0 and done.out.startswith(f"{subject} (advice)\n")
    assert "advice.flooding.levels" in command(capsys, "explain", "advice.flooding").out
    assert command(capsys, "explain", "flooding").out.startswith("flooding (check SM215)")


def test_snippets_are_never_wrapped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = "val_" + "long" * 40
    log = tmp_path / "log.csv"
    log.write_text(f"epoch,{name}_loss\n" + "".join(f"{at},{value}\n" for at, value in enumerate(valley())))
    done = command(capsys, "advise", log)
    assert done.code == 0 and f'    monitor="{name}_loss",\n' in done.out


def test_several_logs_and_none_to_overwrite(capsys: pytest.CaptureFixture[str]) -> None:
    logs = [LOGS / "keras/overfitting.csv", LOGS / "keras/saturated.csv"]
    done = command(capsys, "advise", *logs)
    assert done.code == 0 and " of 2 runs: " in " ".join(done.out.split())
    assert command(capsys, "advise", *logs, "-o", logs[1], "--force").code == 2
    assert command(capsys, "advise").code == 2
    assert command(capsys, "advise", LOGS / "missing.csv").code == 3


def test_several_runs_in_python() -> None:
    runs = [sm.read(LOGS / "keras/overfitting.csv"), sm.read(LOGS / "keras/saturated.csv")]
    found = sm.advise(runs, advice={"early_stopping": {"points": 5.0}})
    assert len(found.reports) == 2 and found.advice
    with pytest.raises(sm.UsageError):
        sm.advise([])


def test_advice_is_ordered_by_worth() -> None:
    report = sm.recommend(sm.read(LOGS / "keras/overfitting.csv"))
    found = answer.after([report], Policy())
    worth = {subject: max(one.worth for name, one in found.advice if name == subject) for subject, _ in found.advice}
    assert list(worth.values()) == sorted(worth.values(), reverse=True)


def test_the_figures_agree_with_the_published_table() -> None:
    """The study's own table, measured on other datasets: epochs run within 4 %, points within 0.6."""
    published = {
        ("loss", 3): (19, 2.04), ("loss", 5): (23, 1.47), ("loss", 10): (31, 0.83), ("loss", 20): (42, 0.32),
        ("loss", 30): (50, 0.18), ("loss", 50): (65, 0.07), ("loss_ema", 20): (44, 0.27),
        ("score", 10): (20, 2.17), ("score", 20): (34, 1.01), ("score", 30): (46, 0.50),
    }  # fmt: skip
    for (kind, patience), (run, points) in published.items():
        ours = corpus.stopping(kind, patience)
        assert 100 * ours["run_share"] == pytest.approx(run, abs=4.1)
        assert ours["points"] == pytest.approx(points, abs=0.6)
