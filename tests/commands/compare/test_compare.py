"""compare: verdicts, what withholds them, seeds, predictions, and what the command prints and returns."""

from __future__ import annotations

import itertools
import json
import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from answers import check_answer
from cli import command
from places import ROOT
from scipy import stats

import selectmodel as sm
from selectmodel.commands.compare import contrasts, same_metric, seeds, uncertainty
from selectmodel.commands.compare.comparison import Side
from selectmodel.commands.compare.member import Cycle, of_dict
from selectmodel.commands.compare.sides import decide
from selectmodel.display.style import Style
from selectmodel.records import Run
from selectmodel.registry import load

LOGS = ROOT / "sample_logs/cycles"


def run(
    name: str = "run", accuracy: float = 0.9, loss: float = 0.3, size: int = 530, seed: int = 0, **columns: Any
) -> Run:
    """A log of 40 epochs whose accuracies are k / ``size``, the best of both metrics at epoch 32."""
    rng = np.random.default_rng(seed)
    dips = np.abs(np.arange(40) - 32)
    counts = np.round(accuracy * size - dips * size / 300 - rng.integers(0, 7, 40) * (dips > 0))
    frame = pd.DataFrame(
        {
            "epoch": np.arange(40),
            "loss": 0.5 - 0.01 * np.arange(40),
            "accuracy": 0.8 + 0.002 * np.arange(40),
            "val_loss": loss + 0.01 * dips,
            "val_accuracy": counts / size,
        }
        | columns
    )
    return Run.from_frame(frame, name=name)


def cycle(name: str = "run", **wanted: Any) -> Cycle:
    return decide(run(name, **wanted), sm.Policy(aim="accuracy"))


def contrast(before: Cycle, after: Cycle) -> dict[str, Any]:
    found = contrasts.compare([Side("old", (before,)), Side("new", (after,))])
    return {change.metric: change for change in found.against[0].changes} | {"found": found}


# one run a side


@pytest.mark.parametrize(
    ("accuracy", "loss", "verdicts"),
    [
        (0.9, 0.3, ("cannot tell", "cannot tell")),
        (0.97, 0.3, ("better", "cannot tell")),
        (0.8, 0.3, ("worse", "cannot tell")),
        (0.97, 0.1, ("better", "better")),
        (0.8, 0.9, ("worse", "worse")),
    ],
)
def test_verdicts(accuracy: float, loss: float, verdicts: tuple[str, str]) -> None:
    found = contrast(cycle(), cycle("new", accuracy=accuracy, loss=loss, seed=1))
    assert (found["val_accuracy"].verdict, found["val_loss"].verdict) == verdicts


def test_the_interval_by_hand() -> None:
    before, after = cycle(), cycle("new", accuracy=0.93)
    change = contrast(before, after)["val_accuracy"]
    right = (530 * change.before + 2) / 534
    lucky = min(0.5, 0.12 * math.log(40)) * 1.2 * math.sqrt(right * (1 - right) / 534)
    assert before.expected == pytest.approx(change.before - lucky)
    beside = [statistics.fmean(one.around) - one.values["val_accuracy"] for one in (before, after)]
    assert len(before.around) == 2 and max(map(abs, beside)) < 0.012
    kept = 530 / (530 + uncertainty.ALIKE)  # the training accuracies are the same
    assert before.expected is not None and after.expected is not None
    expected = kept * (after.expected - before.expected + 0.5 * (beside[1] - beside[0]))  # luck is as accuracies are
    assert change.change == pytest.approx(expected)
    share = (change.before + change.after) / 2
    half = stats.norm.ppf(0.95) * math.sqrt(kept * 2 * share * (1 - share) / 530)
    assert (change.low, change.high) == pytest.approx((expected - half, expected + half))


def test_the_interval_of_a_loss_by_hand() -> None:
    before, after = cycle(), cycle("new", loss=0.35, accuracy=0.93)
    change = contrast(before, after)["val_loss"]
    level = (change.before + change.after) / 2
    assert change.change == pytest.approx(change.after - change.before)
    assert (before.risen, after.risen) == (1, 1)
    spreads = [
        uncertainty.LOSS_SHARE * level * math.sqrt(p / (1 - p)) for p in (before.values["val_accuracy"], 493 / 530)
    ]
    half = stats.norm.ppf(0.95) * math.sqrt(1 / 530) * math.hypot(*spreads)
    assert (change.low, change.high) == pytest.approx((change.change - half, change.change + half))
    # a loss that has risen above its lowest is less certain: one of three times the lowest as if it were twice that
    widths = [
        high - low
        for lowest in (change.before, change.before / 1.5, change.before / 3, change.before / 2)
        for low, high in [bounds(contrast(replace(before, lowest_loss=lowest), after)["val_loss"])]
    ]
    assert widths[0] < widths[1] < widths[2] == pytest.approx(widths[3])


def test_training_accuracies_lean_a_little_where_examples_are_few() -> None:
    def change(size: int, trained: float | None) -> float:
        one, other = (uncertainty.of_accuracy(0.8, size=size, trained=t) for t in (0.7, trained))
        found = uncertainty.difference(one, other)
        assert found is not None
        return found.change

    assert change(100, None) == 0
    assert change(100, 0.9) == pytest.approx(
        uncertainty.ALIKE / (100 + uncertainty.ALIKE) * uncertainty.OF_TRAINING * 0.2
    )
    assert abs(change(5000, 0.9)) < 0.0005
    percent = [uncertainty.of_accuracy(80, size=100, percent=True, trained=t) for t in (0.7, 0.9)]
    found = uncertainty.difference(*percent)
    assert found is not None and found.change == pytest.approx(100 * change(100, 0.9))


def test_the_training_accuracy_is_the_twin_of_the_judged_one() -> None:
    made = cycle()
    assert (made.train_accuracy, made.trained) == ("accuracy", made.values["accuracy"])
    frame = run().frame()
    frame["accuracy"] *= 100
    percent = decide(Run.from_frame(frame, name="percent"), sm.Policy(aim="accuracy"))
    assert percent.values["accuracy"] > 1 and percent.trained == pytest.approx(made.trained)
    assert replace(made, train_accuracy=None).trained is None
    none = decide(run(val_top1=np.linspace(0.5, 0.6, 40)), sm.Policy(metric="val_top1", rule="best"))
    assert none.train_accuracy is None


def test_a_verdict_never_goes_against_the_logged_numbers() -> None:
    one, other = cycle(size=40), cycle("new", accuracy=0.885, size=40, seed=1)
    many = replace(one, val_size=100_000), replace(other, val_size=100_000, expected=one.values["val_accuracy"] + 0.1)
    change = contrast(*many)["val_accuracy"]
    assert change.before > change.after and change.low > 0
    assert change.verdict == "cannot tell" and change.why.endswith("the numbers that are logged say the opposite")


@pytest.mark.parametrize("trained", [(None, None), (0.7, 0.8), (0.8, 0.7), (0.5, 0.5)])
def test_as_many_examples_as_are_needed_is_where_the_interval_leaves_zero(trained: tuple[Any, Any]) -> None:
    def apart(size: int) -> bool:
        sides = [uncertainty.of_accuracy(v, size=size, trained=t) for v, t in zip((0.8, 0.83), trained, strict=True)]
        found = uncertainty.difference(*sides)
        return found is not None and found.change > 1.6449 * found.se

    sides = [uncertainty.of_accuracy(v, size=200, trained=t) for v, t in zip((0.8, 0.83), trained, strict=True)]
    found = uncertainty.difference(*sides)
    assert found is not None and found.needed is not None
    assert apart(found.needed + 1) and not apart(found.needed - 2)


def bounds(change: Any) -> tuple[float, float]:
    return change.low, change.high


@pytest.mark.parametrize("size", [10, 30, 530, 5300])
def test_what_is_around_a_pick_never_turns_a_verdict_against_the_log(size: int) -> None:
    for right, more in itertools.product(range(size // 2, size + 1, max(1, size // 20)), (0, 1, 2)):
        lucky, plain = (min(right + more, size) / size, right / size)
        one = uncertainty.of_accuracy(plain, size=size, around=(1.0, 1.0))
        other = uncertainty.of_accuracy(lucky, size=size, around=(0.0, 0.0))
        found = uncertainty.difference(one, other)
        assert found is not None and found.change > -1.645 * found.se


def test_as_many_examples_as_are_needed_tell_it() -> None:
    before, after = cycle(), cycle("new", accuracy=0.91)
    needed = contrast(before, after)["val_accuracy"].needed
    assert needed > 530
    # a bigger set is also less lucky, so the change itself moves a little
    many = [replace(one, val_size=2 * needed) for one in (before, after)]
    assert contrast(*many)["val_accuracy"].verdict == "better"


def test_the_larger_the_change_the_fewer_examples() -> None:
    base = cycle()
    needed = [contrast(base, cycle("n", accuracy=a))["val_accuracy"].needed for a in (0.91, 0.93, 0.96)]
    assert needed == sorted(needed, reverse=True)


@pytest.mark.parametrize("sizes", [(530, 530), (530, 90), (30, 2000)])
def test_the_other_way_round_says_the_opposite(sizes: tuple[int, int]) -> None:
    given = zip(("a", "b"), (0.9, 0.96), (0.3, 0.1), sizes, strict=True)
    one, other = (replace(cycle(n, accuracy=right, loss=loss), val_size=size) for n, right, loss, size in given)
    one, other = (replace(made, val_size_given=True) for made in (one, other))
    there, back = contrast(one, other), contrast(other, one)
    for metric in ("val_accuracy", "val_loss"):
        change, mirrored = there[metric], back[metric]
        assert (change.change, change.low, change.high, change.p, change.needed) == pytest.approx(
            (-mirrored.change, -mirrored.high, -mirrored.low, mirrored.p, mirrored.needed)
        )
        assert {change.verdict, mirrored.verdict} in ({"better", "worse"}, {"cannot tell"})


def test_percent_is_judged_like_the_share() -> None:
    shares = contrast(cycle(), cycle("n", accuracy=0.94))["val_accuracy"]
    percents = []
    for made in (run(), run("n", accuracy=0.94)):
        series = made.series["val_accuracy"]
        percents.append(decide(run(val_accuracy=100 * series.values), sm.Policy(aim="accuracy")))
    found = contrast(*percents)["val_accuracy"]
    assert found.verdict == shares.verdict
    assert found.change == pytest.approx(100 * shares.change, rel=0.2)


def test_a_metric_whose_error_no_log_tells_gets_no_verdict() -> None:
    made = [run(name, val_f1=np.linspace(low, low + 0.1, 40)) for name, low in (("a", 0.1), ("b", 0.8))]
    found = sm.compare(*made, aim="accuracy")
    change = found.change("val_f1")
    assert (change.verdict, change.low, change.p) == ("cannot tell", None, None)
    assert "does not tell how uncertain" in change.why


def test_an_unknown_validation_size_gets_no_verdict() -> None:
    made = [run(name, val_accuracy=np.linspace(0.5, top, 40)) for name, top in (("a", 0.61234), ("b", 0.98765))]
    found = sm.compare(*made, aim="accuracy")
    assert found.verdict == "cannot tell"
    assert "--val-size" in found.change().why
    assert sm.compare(*made, aim="accuracy", val_size=1000).verdict == "better"


# traps


def test_the_trap_is_said_first() -> None:
    found = contrast(cycle(), cycle("new", accuracy=0.95, loss=0.5))["found"]
    assert [about for about, _ in found.against[0].warnings] == ["better on paper, worse in use"]
    shown = load("reports", "text").render(found, Style())
    head, _values, *told = shown.split("\n\n")[0].splitlines()
    assert head == "new is better than old, on paper"
    text = " ".join("".join(told).split())
    assert "beware better on paper, worse in use: val_accuracy rose from 0.900 to 0.951, but val_loss rose" in text


@pytest.mark.parametrize(("accuracy", "loss"), [(0.95, 0.3), (0.95, 0.2), (0.85, 0.5)])
def test_no_trap_where_both_agree(accuracy: float, loss: float) -> None:
    assert contrast(cycle(), cycle("new", accuracy=accuracy, loss=loss))["found"].against[0].warnings == ()


def test_the_trap_of_the_last_step_shows_behind_a_bad_reference() -> None:
    sides = [cycle("a", accuracy=0.5, loss=2.0), cycle("b"), cycle("c", accuracy=0.95, loss=0.5)]
    found = contrasts.compare([Side(one.name, (one,)) for one in sides])
    assert found.against[0].warnings == ()
    assert found.against[1].warnings[0][0] == "better on paper, worse in use (against b)"


def test_recovered_sizes_that_differ_withhold_the_verdict_unless_given() -> None:
    made = run("a"), run("b", accuracy=0.97, size=410)
    found = sm.compare(*made, aim="accuracy")
    assert {change.verdict for change in found.against[0].changes} == {"withheld"}
    assert "530" in found.change().why and "410" in found.change().why
    assert found.change().before == pytest.approx(0.9) and found.change().low is None
    assert sm.compare(*made, aim="accuracy", val_size=(530, 410)).verdict == "better"


def test_percent_against_shares_has_no_difference_and_no_interval_to_speak_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, unit in (("a", 1), ("b", 100), ("c", 1)):
        rows = [f"{e},{1.0 - e / 50},{unit * (0.9 - math.exp(-1 - e / 5 - (name == 'c'))):.9f}" for e in range(12)]
        (tmp_path / f"{name}.csv").write_text("epoch,val_loss,val_acc\n" + "\n".join(rows) + "\n", "utf-8")
    out = command(capsys, "compare", tmp_path / "a.csv", tmp_path / "b.csv").out
    (row,) = [line.split() for line in out.splitlines() if line.startswith("val_acc")]
    assert row[3:] == ["–", "–", "withheld"]
    out = " ".join(command(capsys, "compare", tmp_path / "a.csv", tmp_path / "c.csv").out.split())
    assert "If both were validated on the same examples, --predictions A B is exact" in out


def test_names_of_data_sets(tmp_path: Path) -> None:
    logs = []
    for name, data in (("a", "v1"), ("b", "v2"), ("c", "v1")):
        (tmp_path / name).mkdir()
        log = tmp_path / name / f"{name}.csv"
        run(name, accuracy=0.97 if name != "a" else 0.9).frame().to_csv(log, index=False)
        (log.parent / "selectmodel-data.toml").write_text(f'id = "{data}"\n[metrics]\nval_accuracy = "top-1"\n')
        logs.append(log)
    found = sm.compare(*logs, aim="accuracy")
    assert [found.change(side=f"{name}.csv").verdict for name in "bc"] == ["withheld", "better"]
    assert found.change(side="b.csv").why == "the validation sets are different: v1 and v2"
    (tmp_path / "c" / "selectmodel-data.toml").write_text('id = "v1"\n[metrics]\nval_accuracy = "top-5"\n')
    again = sm.compare(logs[0], logs[2], aim="accuracy")
    assert again.change().why == "val_accuracy is defined differently: top-1, top-5"
    assert again.change("val_loss").verdict != "withheld"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("val_sizes = 3", "did you mean val_size"),
        ("id = 3", "must be a text"),
        ("val_size = 0", "at least 1"),
        ("id = ", "is no TOML file"),
        ("metrics = 3", "must be a table"),
    ],
)
def test_a_bad_data_file_is_refused(text: str, told: str, tmp_path: Path) -> None:
    run().frame().to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "selectmodel-data.toml").write_text(text)
    with pytest.raises(sm.LogError, match=told):
        sm.compare(tmp_path / "a.csv", tmp_path / "a.csv")


def test_other_metrics_are_refused() -> None:
    with pytest.raises(sm.UsageError, match="--metric"):
        contrasts.compare([Side("a", (cycle(),)), Side("b", (decide(run("b"), sm.Policy(aim="loss")),))])


def test_a_log_without_validation_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "plain.csv"
    log.write_text("epoch,loss\n0,1.0\n1,0.5\n")
    done = command(capsys, "compare", LOGS / "cycle2.csv", log)
    assert done.code == 2 and done.err.startswith(f"error: {log}: the log has no validation values")
    assert "--metric loss:min" in done.err


def test_the_same_log_twice_is_said_and_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_bytes((LOGS / "cycle2.csv").read_bytes())
    for other in (LOGS / "cycle2.csv", copy):
        done = command(capsys, "compare", LOGS / "cycle2.csv", other)
        assert done.code == 0 and done.out.startswith("The same log twice: cycle2.csv")
        assert "annot tell" not in done.out and "ithheld:" not in done.out
    answer = json.loads(command(capsys, "compare", LOGS / "cycle2.csv", copy, "--format", "json").out)
    assert answer["verdict"] == "withheld"
    assert answer["comparisons"][0]["warnings"][0]["about"] == "the same log twice"
    third = command(capsys, "compare", LOGS / "cycle1.csv", LOGS / "cycle2.csv", copy).out
    assert (
        third.startswith("The same log twice: cycle2.csv and copy.csv have")
        and third.count("have the same content") == 1
    )
    assert "first      better than cycle1.csv: " in third


def test_a_seed_on_both_sides_is_said() -> None:
    old = [cycle(f"o{n}", seed=n) for n in range(3)]
    new = [cycle(f"n{n}", accuracy=0.96, seed=n) for n in range(2)]
    found = contrasts.compare([Side("old", tuple(old)), Side("new", (*new, replace(old[0], name="copy")))])
    assert found.against[0].warnings[0] == ("the same log twice", "copy of new is on both sides")
    assert found.change().verdict != "withheld"


# one metric under two names


OLD_NAMES = {"loss": "loss", "accuracy": "acc", "val_loss": "val_loss", "val_accuracy": "val_acc"}


def renamed(made: Run, names: dict[str, str]) -> Run:
    frame = made.frame().rename(columns=names)
    return Run.from_frame(frame, name=made.name)


@pytest.mark.parametrize("metric", [None, "val_accuracy", "val_acc", "val_acc:max"])
def test_names_that_mean_the_same_are_matched(metric: str | None) -> None:
    keys = {"aim": "accuracy"} if metric is None else {"metric": metric, "rule": "best"}
    one, other = run("a"), run("b", accuracy=0.97)
    plain = sm.compare(one, other, **(keys if metric is None else keys | {"metric": "val_accuracy"}))
    found = sm.compare(one, renamed(other, OLD_NAMES), **keys)
    assert found.against == plain.against and found.metrics() == plain.metrics()
    assert [note.code for note in found.notes] == ["SM177", "SM177"]
    assert "b: val_acc is compared as val_accuracy" in found.notes[1].message
    back = sm.compare(renamed(other, OLD_NAMES), one, **keys)
    assert (back.metric, back.verdict) == ("val_acc", "worse")


@pytest.mark.parametrize(
    "names",
    [
        {**OLD_NAMES, "accuracy": "valid_acc"},  # two names of one meaning
        {**OLD_NAMES, "val_accuracy": "val_binary_accuracy"},  # another metric
        {**OLD_NAMES, "val_accuracy": "test_accuracy"},  # another split
    ],
)
def test_names_that_may_mean_something_else_are_not_matched(names: dict[str, str]) -> None:
    other = cycle("b", accuracy=0.97)
    values = {names.get(name, name): value for name, value in other.values.items()}
    matched, notes = same_metric.as_in(cycle(), replace(other, values=values))
    assert not notes and matched.values == values


# several seeds a side


@pytest.mark.parametrize("paired", [False, True])
def test_the_t_tests_are_scipys(paired: bool) -> None:
    a, b = [0.9, 0.91, 0.93, 0.9], [0.94, 0.95, 0.93, 0.96]
    found = seeds.test(a, b, paired=paired)
    theirs = stats.ttest_rel(b, a) if paired else stats.ttest_ind(b, a, equal_var=False)
    low, high = theirs.confidence_interval(0.9)
    assert (found.p, found.low, found.high) == pytest.approx((theirs.pvalue, low, high))


def test_the_exact_test_is_scipys() -> None:
    a, b = np.array([1.0, 2.0, 4.0, 3.5]), np.array([3.0, 5.0, 6.0, 7.0])
    theirs = stats.permutation_test((b, a), lambda x, y: x.mean() - y.mean(), n_resamples=10_000)
    assert seeds.test(a, b, paired=False).exact == pytest.approx(theirs.pvalue)


def test_three_seeds_a_side_that_lie_apart_are_told() -> None:
    groups = []
    for name, low in (("old", 0.80), ("new", 0.90)):
        members = tuple(cycle(f"{name}{n}", accuracy=low + n / 100, loss=1 - low + n / 50) for n in range(3))
        groups.append(Side(name, members))
    assert contrasts.compare(groups).verdict == "better"


def test_one_seed_against_several_and_none_that_differ() -> None:
    a, b = [0.9], [0.94, 0.95, 0.96]
    theirs = stats.ttest_ind(b, a, equal_var=True)
    assert seeds.test(a, b, paired=False).p == pytest.approx(theirs.pvalue)
    assert seeds.test([0.5, 0.5], [0.5, 0.5], paired=False).p == 1


@pytest.mark.parametrize(
    ("before", "after", "partners"),
    [
        (["seed1.csv", "seed2.csv"], ["seed2.csv", "seed1.csv"], [1, 0]),
        (["a/seed_01/metrics.csv", "a/seed_02/metrics.csv"], ["b/s-seed=2/x.csv", "b/s-seed=1/y.csv"], [1, 0]),
        (["x.csv", "y.csv"], ["y.csv", "x.csv"], [1, 0]),
        (["x.csv", "y.csv"], ["x.csv", "z.csv"], None),
        (["seed1.csv"], ["seed1.csv"], None),
        (["seed1.csv", "seed2.csv"], ["seed1.csv", "seed2.csv", "seed3.csv"], None),
        (["a/metrics.csv", "a/metrics.csv"], ["a/metrics.csv", "a/metrics.csv"], None),
    ],
)
def test_pairs(before: list[str], after: list[str], partners: list[int] | None) -> None:
    assert seeds.pairs(before, after) == partners


def test_holm() -> None:
    assert seeds.holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06], nan_ok=True)


def test_as_many_seeds_as_are_needed() -> None:
    needed = seeds.test([0.9, 0.92, 0.91], [0.92, 0.93, 0.91], paired=False).needed
    assert needed is not None and 3 < needed < 30


def test_a_null_of_seeds_is_seldom_told() -> None:
    rng = np.random.default_rng(0)
    told = sum(seeds.test(rng.normal(size=3), rng.normal(size=3), paired=False).p <= 0.1 for _ in range(400))
    assert told / 400 <= 0.12


def test_groups_from_a_folder_a_pattern_and_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    old, new = LOGS / "seeds/old", LOGS / "seeds/new"
    answers = []
    for arguments in (
        ["--group", f"old={old}", "--group", f"new={new}"],
        ["--group", f"old={old}/*", "--group", f"new={new}/*.csv"],
        [
            *("--group", f"old={old}/seed1.csv", *(f"old={old}/seed{n}.csv" for n in (2, 3, 4))),
            *("--group", f"new={new}/seed1.csv", *(f"new={new}/seed{n}.csv" for n in (2, 3, 4))),
        ],
    ):
        done = command(capsys, "compare", *arguments, "--format", "json")
        assert done.code == 0, done.err
        answers.append(json.loads(done.out))
    check_answer(answers[0])
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["comparisons"][0]["test"] == "paired t test"
    assert answers[0]["verdict"] == "better"
    assert len(answers[0]["sides"][0]["runs"]) == 4


# the command


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = command(capsys, "compare", LOGS / "cycle1.csv", LOGS / "cycle2.csv", LOGS / "cycle3.csv", "--format", "json")
    assert done.code == 0
    answer = json.loads(done.out)
    check_answer(answer)
    assert answer["verdict"] == "better" and answer["reference"] == "cycle1.csv"
    for suffix in ("html", "csv", "json", "txt"):
        out = tmp_path / f"a.{suffix}"
        assert command(capsys, "compare", LOGS / "cycle1.csv", LOGS / "cycle2.csv", "-o", out).code == 0
        assert out.stat().st_size > 100


@pytest.mark.parametrize("width", [80, 100])
def test_the_screen_fits(width: int) -> None:
    found = sm.compare(*(LOGS / f"cycle{n}.csv" for n in (1, 2, 3)))
    lines = load("reports", "text").render(found, Style(width=width)).splitlines()
    assert max(map(len, lines)) <= width
    assert "▁" in "".join(lines)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "name the logs"),
        (["cycle1.csv"], 2, "at least two"),
        (["cycle1.csv", "none.csv"], 3, "no such file"),
        (["cycle1.csv", "seeds/old"], 2, "--group NAME=seeds/old"),
        (["cycle1.csv", "seeds/old"], 2, "--run seed1.csv"),
        (["cycle1.csv", "seeds/old", "--run", "seed9.csv"], 2, "--run seed9.csv: no such run"),
        (["cycle1.csv", "cycle2.csv", "--run", "seed1.csv"], 2, "no log that is compared holds several"),
        (["seeds/old", "seeds/new", "--run", "a", "--run", "b", "--run", "c"], 2, "one for all of them, or one each"),
        (["--group", "a=seeds/old", "--group", "b=seeds/new", "--run", "seed1.csv"], 2, "without --group"),
        (["cycle1.csv", "cycle2.csv", "--val-size", "1", "2", "3"], 2, "3 sizes for 2 sides"),
        (["cycle1.csv", "--group", "a=cycle1.csv"], 2, "belongs to no group"),
        (["--group", "a"], 2, "NAME=PLACE"),
        (["--group", "a=none/*", "--group", "b=cycle1.csv"], 3, "fits this pattern"),
        (["cycle1.csv", "cycle2.csv", "cycle3.csv", "--predictions", "a", "b"], 2, "two sides"),
    ],
)
def test_refusals(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(LOGS)
    done = command(capsys, "compare", *arguments)
    assert (done.code, done.out) == (code, "")
    assert told in done.err


def test_sizes_are_one_or_one_a_side(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(LOGS)
    for given, wanted in ((["600"], [600, 600]), (["600", "800"], [600, 800])):
        done = command(capsys, "compare", "--val-size", *given, "cycle1.csv", "cycle2.csv", "--format", "json")
        sides = json.loads(done.out)["sides"]
        assert [side["runs"][0]["val_size"]["value"] for side in sides] == wanted


@pytest.mark.parametrize(
    ("arguments", "sides"),
    [
        (["cycle1.csv", "seeds/old", "--run", "seed2.csv"], ["cycle1.csv", "seed2.csv"]),
        (["seeds", "--run", "old/seed1.csv", "--run", "new/seed3.csv"], ["old/seed1.csv", "new/seed3.csv"]),
        (["seeds/old", "seeds/new", "--run", "seed1.csv"], ["old/seed1.csv", "new/seed1.csv"]),
        (["seeds/old", "seeds/new", "--run", "seed2.csv", "--run", "seed3.csv"], ["seed2.csv", "seed3.csv"]),
    ],
)
def test_the_run_that_is_meant_of_a_folder(
    arguments: list[str], sides: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(LOGS)
    done = command(capsys, "compare", *arguments, "--format", "json")
    assert done.code == 0, done.err
    assert [side["name"] for side in json.loads(done.out)["sides"]] == sides


def test_names_of_equal_files_are_told_apart(tmp_path: Path) -> None:
    logs = [tmp_path / folder / "log.csv" for folder in ("a", "b")]
    for at, log in enumerate(logs):
        log.parent.mkdir()
        run(accuracy=0.9 + at / 20).frame().to_csv(log, index=False)
    assert [side.name for side in sm.compare(*logs).sides] == ["a/log.csv", "b/log.csv"]


def test_a_cycle_survives_json() -> None:
    made = replace(cycle(), gap=math.nan, data="v1", lowest_loss=0.25, around=(0.9,))
    back = of_dict(json.loads(json.dumps(made.to_dict())))
    assert math.isnan(back.gap) and (back.lowest_loss, back.around) == (0.25, (0.9,))
    assert back.to_dict()["decision"] == made.to_dict()["decision"]


def test_a_line_of_an_earlier_version_is_read() -> None:
    line = cycle().to_dict()
    for key in ("lowest_loss", "around", "train_accuracy"):
        del line["course"][key]
    old = of_dict(line)
    assert (old.around, old.risen) == ((), 1 + old.overfit) and math.isnan(old.lowest_loss)
    assert contrast(old, cycle("new", accuracy=0.97))["val_accuracy"].verdict == "better"


@pytest.mark.parametrize("around", [3, ["a"], [0.5] * 3, [[0.5]]])
def test_a_line_with_something_else_around_is_refused(around: Any) -> None:
    line = cycle().to_dict()
    line["course"]["around"] = around
    with pytest.raises(ValueError, match="around is"):
        of_dict(line)
