"""What the owner of a sweep asks: each answer held to a sweep of which it is known."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from cli import command
from hypothesis import given
from hypothesis import strategies as st
from places import SAMPLES

import selectmodel as sm
from selectmodel.commands.rank.questions import best_of, constraint, edges, importance, more_runs
from selectmodel.commands.rank.ranking import RankedRun
from selectmodel.errors import LogError, UsageError

SWEEP = SAMPLES / "sweep"
SIZE = 400


def sweep(folder: Path, many: int, *, matters: float = 0.2) -> Path:
    """Runs of which ``lr`` decides how good they are and ``noise`` nothing; ``latency`` grows with the run."""
    random = np.random.default_rng(1)
    for at in range(many):
        lr, noise = 10 ** random.uniform(-4, -1), random.uniform(0, 1)
        true = 0.85 - matters * abs(math.log10(lr) + 2.5) / 1.5
        rows = ["epoch,val_accuracy,val_loss,latency"]
        for epoch in range(6):
            seen = random.binomial(SIZE, true * (1 - 0.5 ** (epoch + 1))) / SIZE
            rows.append(f"{epoch},{seen},{1 - seen},{at + 1}")
        run = folder / f"run-{at:02}"
        run.mkdir(parents=True)
        (run / "training.csv").write_text("\n".join([*rows, ""]))
        (run / "hparams.json").write_text(json.dumps({"lr": lr, "noise": noise, "net": "ab"[at % 2]}))
    return folder


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("known"), 40)


def answer(ranking: sm.Ranking, question: str) -> object:
    (found,) = [one for one in ranking.questions if one.question == question]
    return found


def test_nothing_is_said_that_was_not_asked() -> None:
    assert sm.rank(SWEEP).questions == ()


def test_the_setting_that_matters_is_found(known: Path) -> None:
    found = importance.importance(sm.rank(known))
    rows = {row["setting"]: row for row in found.rows}
    assert found.rows[0]["setting"] == "lr" and rows["lr"]["low"] > 0
    assert rows["noise"]["low"] <= 0 and rows["net"]["low"] <= 0
    assert all(row["low"] <= row["importance"] <= row["high"] for row in rows.values())


def test_where_no_setting_matters_none_is_named(tmp_path: Path) -> None:
    found = importance.importance(sm.rank(sweep(tmp_path, 30, matters=0.0)))
    assert not found.rows or all(row["low"] <= 0 for row in found.rows)


def test_of_few_runs_no_importance_is_told() -> None:
    found = importance.importance(sm.rank(SWEEP))
    assert found.rows == () and found.said.startswith("6 configurations are too few")


def test_settings_that_change_together_are_one() -> None:
    def run(at: int) -> RankedRun:
        settings = {"lr": 0.1 * at, "warmup": 10 * at, "other": at * at % 7}
        return RankedRun(str(at), str(at), "", "best", "m", "max", 1.0, None, float(at), float(at), hparams=settings)

    groups = importance._told_apart([run(at) for at in range(20)], ["lr", "warmup", "other"])
    assert groups == [("lr", "warmup"), ("other",)]


def test_numbers_that_never_repeat_are_not_one_setting(known: Path) -> None:
    assert len(importance._told_apart(sm.rank(known).runs, ["lr", "noise"])) == 2


def test_edges_go_by_powers(known: Path) -> None:
    rows = {row["setting"]: row for row in edges.edges(sm.rank(known)).rows}
    assert rows["lr"]["powers"] is True and rows["lr"]["at"] == "inside"
    assert "net" not in rows


def test_a_best_setting_at_the_edge_is_told(tmp_path: Path) -> None:
    for at, rate in enumerate((0.001, 0.01, 0.1)):
        run = tmp_path / f"run-{at}"
        run.mkdir()
        (run / "training.csv").write_text(f"epoch,val_loss\n0,{1 - 0.2 * at}\n1,{0.9 - 0.2 * at}\n")
        (run / "hparams.json").write_text(json.dumps({"lr": rate, "width": 2 if at else 1}))
    said = edges.edges(sm.rank(tmp_path)).said
    stands = "of the best run, lr 0.1 is at the upper edge of 0.001 to 0.1, by powers"
    assert said == f"{stands}; only two values were tried of width"


def test_more_runs_gain_more_and_never_less_than_nothing(known: Path) -> None:
    rows = more_runs.more_runs(sm.rank(known, val_size=SIZE)).rows
    gains = [row["gain"] for row in rows]
    assert [row["more"] for row in rows] == [5, 10, 20, 50]
    assert gains[0] > -0.001 and gains == sorted(gains)
    assert all(row["low"] <= row["gain"] <= row["high"] for row in rows)


def test_where_nothing_tells_the_luck_no_gain_is_promised(tmp_path: Path) -> None:
    for at in range(12):
        (tmp_path / f"run-{at}.csv").write_text(f"epoch,val_loss\n0,{1 + at / 10}\n1,{0.7 + at / 10}\n")
    found = more_runs.more_runs(sm.rank(tmp_path))
    assert found.rows == () and "nothing tells how uncertain" in found.said


def test_only_runs_within_a_constraint_are_ranked(known: Path) -> None:
    ranking = sm.rank(known, where=["latency<=10", "net=a"])
    assert [run.name[:6] for run in ranking.runs if int(run.name[4:6]) > 9] == [] and len(ranking.runs) == 5
    assert [one.said for one in ranking.questions] == [
        "latency <= 10 at the pick by each run's log holds for 10 of 40 runs, which alone are ranked",
        "net = a holds for 5 of 10 runs, which alone are ranked",
    ]
    assert ranking.picks == ()


def test_a_constraint_that_holds_for_none(known: Path) -> None:
    with pytest.raises(LogError, match=r"holds for none of 40 runs; it is 1 to 40"):
        sm.rank(known, where=["latency<1"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--where", "latncy<3"], "did you mean latency?"),
        (["--where", "latency"], "is no name, sign and value"),
        (["--where", "latency<<3"], "is no name, sign and value"),
        (["--where", "latency<20ms"], "20ms is no number"),
        (["--where", "latency<nan"], "no finite number"),
        (["--pareto", "val_accuracy"], "needs two metrics"),
        (["--pareto", "val_accuracy,latncy:min"], "did you mean latency?"),
        (["--pareto", "val_accuracy,latency_of_it"], "write latency_of_it:min or latency_of_it:max"),
        (["--best-per", "nett"], "did you mean net?"),
        (["--ensemble", "0"], "must be at least 1"),
        (["--ensemble", "30"], "add --top 30"),
    ],
)
def test_what_cannot_be_asked(known: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "rank", known, "--no-cache", *arguments)
    assert done.code == 2 and told in done.err and not done.out


def test_the_front_of_two_metrics(known: Path) -> None:
    ranking = sm.rank(known, pareto="val_accuracy,latency:min")
    rows = answer(ranking, "pareto").rows
    every = [(run.value, int(run.name[4:6]) + 1) for run in ranking.runs]
    wanted = {
        point for point in every
        if not any(o[0] >= point[0] and o[1] <= point[1] and o != point for o in every)
    }  # fmt: skip
    assert {(row["val_accuracy"], row["latency"]) for row in rows} == wanted


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_the_front_is_what_no_other_beats(points: list[tuple[int, int]]) -> None:
    named = {str(at): (float(x), float(y)) for at, (x, y) in enumerate(points)}
    wanted = {
        key for key, (x, y) in named.items()
        if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in named.values())
    }  # fmt: skip
    assert set(best_of._front(named)) == wanted


def test_the_best_of_each_value(known: Path) -> None:
    ranking = sm.rank(known, best_per="net")
    rows = answer(ranking, "best per").rows
    first = {run.hparams["net"]: run for run in reversed(ranking.runs)}
    assert {(row["net"], row["run"], row["low"], row["high"]) for row in rows} == {
        (net, run.name, run.low, run.high) for net, run in first.items()
    }


def test_an_ensemble_is_of_other_configurations() -> None:
    ranking = sm.rank(SWEEP, ensemble=4)
    rows = answer(ranking, "ensemble").rows
    assert [row["run"] for row in rows] == [config.runs[0].name for config in ranking.configs[:4]]
    assert len({str(row["run"]).partition("/")[0] for row in rows}) == 4


def test_the_screen_and_the_json_say_the_same(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["rank", known, "--no-cache", "--questions", "--best-per", "net"]
    told = json.loads(command(capsys, *arguments, "--format", "json").out)["questions"]
    assert [one["question"] for one in told] == ["importance", "edges", "more runs", "best per"]
    screen = " ".join(command(capsys, *arguments).out.split())
    assert all(" ".join(one["said"].split()) in screen for one in told)


def test_an_answer_from_the_cache_is_the_same(known: Path, tmp_path: Path) -> None:
    asked = {"cache": tmp_path / "cache.db", "questions": True, "ensemble": 2}
    first, second = (sm.rank(known, **asked) for _ in range(2))
    assert first.questions == second.questions and first.questions


@given(st.text(max_size=20))
def test_any_text_is_a_constraint_or_refused(text: str) -> None:
    try:
        found = constraint.parse(text)
    except UsageError:
        return
    assert found.name and found.wanted and found.sign in constraint._HOLDS


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "=", "==", "!="])
def test_a_constraint_is_what_python_says(sign: str) -> None:
    for value, wanted in itertools.product((1, 2.0, 3.5), (2, 3.5)):
        same = {"=": "=="}.get(sign, sign)
        assert constraint.parse(f"x {sign} {wanted}").holds(value) is eval(f"{value} {same} {wanted}")
    assert constraint.parse("x = small").holds("small") and not constraint.parse("x != small").holds("small")
    assert constraint.parse("x = true").holds(True) and constraint.parse("x<3").holds(None) is None


def test_settings_drawn_at_random_are_not_one_where_seeds_repeat_them() -> None:
    random = np.random.default_rng(0)
    drawn = np.repeat(random.uniform(size=(8, 2)), 3, axis=0).tolist()
    runs = [
        RankedRun(str(at), str(at), "", "best", "m", "max", 1.0, None, 0.5, 0.5, hparams={"lr": lr, "width": width})
        for at, (lr, width) in enumerate(drawn)
    ]
    assert importance._told_apart(runs, ["lr", "width"]) == [("lr",), ("width",)]
