"""compare: verdicts, what withholds them, seeds, predictions, and what the command prints and returns."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli import command
from jsonschema import validate
from scipy import stats

import selectmodel as sm
from selectmodel.cycles import contrasts, seeds
from selectmodel.cycles.comparison import Side
from selectmodel.cycles.cycle import Cycle, of_dict
from selectmodel.cycles.sides import decide
from selectmodel.records import Run
from selectmodel.registry import load
from selectmodel.style import Style

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "sample_logs/cycles"
SCHEMA = json.loads((ROOT / "selectmodel/answers.schema.json").read_text(encoding="utf-8"))


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
    found = contrast(cycle(), cycle("new", accuracy=accuracy, loss=loss))
    assert (found["val_accuracy"].verdict, found["val_loss"].verdict) == verdicts


def test_the_interval_by_hand() -> None:
    before, after = cycle(), cycle("new", accuracy=0.93)
    change = contrast(before, after)["val_accuracy"]
    errors = [math.sqrt(p * (1 - p) / 530) for p in (change.before, change.after)]
    lucky = min(0.5, 0.11 * math.log(40)) * 0.5 / math.sqrt(530)
    assert before.expected == pytest.approx(change.before - lucky)
    expected = change.after - change.before
    assert change.change == pytest.approx(expected)
    half = 1.1 * stats.norm.ppf(0.95) * math.hypot(*errors)
    assert (change.low, change.high) == pytest.approx((expected - half, expected + half))


def test_as_many_examples_as_are_needed_tell_it() -> None:
    before, after = cycle(), cycle("new", accuracy=0.91)
    needed = contrast(before, after)["val_accuracy"].needed
    assert needed > 530
    # a bigger set is also less lucky, so the change itself moves a little
    many = [replace(one, val_size=2 * needed) for one in (before, after)]
    assert contrast(*many)["val_accuracy"].verdict == "better"


def test_the_larger_the_change_the_fewer_examples_and_swapping_mirrors() -> None:
    base = cycle()
    needed = [contrast(base, cycle("n", accuracy=a))["val_accuracy"].needed for a in (0.91, 0.93, 0.96)]
    assert needed == sorted(needed, reverse=True)
    there, back = contrast(base, cycle("n", accuracy=0.96)), contrast(cycle("n", accuracy=0.96), base)
    one, other = there["val_accuracy"], back["val_accuracy"]
    assert (one.change, one.low, one.high) == pytest.approx((-other.change, -other.high, -other.low))
    assert {one.verdict, other.verdict} == {"better", "worse"}


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
    assert shown.startswith("Better on paper, worse in use: val_accuracy rose from 0.900 to 0.951, but\nval_loss rose")


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
    validate(answers[0], SCHEMA)
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["comparisons"][0]["test"] == "paired t test"
    assert answers[0]["verdict"] == "better"
    assert len(answers[0]["sides"][0]["runs"]) == 4


# the command


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = command(capsys, "compare", LOGS / "cycle1.csv", LOGS / "cycle2.csv", LOGS / "cycle3.csv", "--format", "json")
    assert done.code == 0
    answer = json.loads(done.out)
    validate(answer, SCHEMA)
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
        (["cycle1.csv", "seeds/old"], 2, "--group"),
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


def test_names_of_equal_files_are_told_apart(tmp_path: Path) -> None:
    logs = [tmp_path / folder / "log.csv" for folder in ("a", "b")]
    for at, log in enumerate(logs):
        log.parent.mkdir()
        run(accuracy=0.9 + at / 20).frame().to_csv(log, index=False)
    assert [side.name for side in sm.compare(*logs).sides] == ["a/log.csv", "b/log.csv"]


def test_a_cycle_survives_json() -> None:
    made = replace(cycle(), gap=math.nan, data="v1")
    back = of_dict(json.loads(json.dumps(made.to_dict())))
    assert math.isnan(back.gap)
    assert back.to_dict()["decision"] == made.to_dict()["decision"]
