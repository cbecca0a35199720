"""One run that ends the work on it in an unforeseen way is listed with what it was; all others are ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli import command
from test_rank import sweep_of

import selectmodel as sm
from selectmodel import registry
from selectmodel.commands.rank import judge_runs
from selectmodel.selection import recommend

BAD = "b/seed-1/training.csv"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return sweep_of(tmp_path / "runs")


def broken(whole: Any, source: Any) -> Any:
    """The function, which raises where what it is given came from the bad log."""

    def called(*given: Any, **more: Any) -> Any:
        if any(BAD in str(source(one)) for one in given[:1]):
            raise ZeroDivisionError("an unforeseen\nfailure")
        return whole(*given, **more)

    return called


def breaks(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, source: Any) -> None:
    monkeypatch.setattr(module, name, broken(getattr(module, name), source))


def breaks_plugins(monkeypatch: pytest.MonkeyPatch, kind: str, name: str, change: Any) -> None:
    """Every plug-in of a kind that has this function has the changed one."""
    real = registry.load

    def load(wanted: Any, member: str) -> Any:
        found: Any = real(wanted, member)
        has = wanted == kind and getattr(found, name) is not None
        return replace(found, **{name: change(getattr(found, name))}) if has else found

    monkeypatch.setattr(registry, "load", load)


def every(given: Any) -> list[str]:
    items = given if isinstance(given, Sequence) else [given]
    return [str(getattr(one, "source", getattr(one, "path", one))) for one in items]


PLACES = {
    "reading": ("readers", "read"),
    "reading many": ("readers", "read_many"),
    "asking": (recommend, "ask"),
    "its checkpoints": (judge_runs, "with_checkpoints"),
    "the answer": (judge_runs, "_ranked"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_bug_in_one_run_is_listed_with_that_run(
    place: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = sm.rank(runs)
    module, name = PLACES[place]
    if place == "the answer":
        breaks(monkeypatch, module, name, lambda decision: decision.asked.run.source)
    elif module == "readers":
        for one in ("read", "read_many") if name == "read" else (name,):
            breaks_plugins(monkeypatch, "readers", one, lambda whole: broken(whole, every))
    else:
        breaks(monkeypatch, module, name, every)
    done = command(capsys, "rank", runs, "--no-cache")
    assert done.code == 0
    ranking = sm.rank(runs)
    if place == "reading many":  # each is read alone then
        assert ranking == wanted
        return
    ((source, why),) = [(run.source, run.reason) for run in ranking.left_out if run not in wanted.left_out]
    assert source.endswith(BAD) and "ZeroDivisionError: an unforeseen" in why and "a bug in selectmodel" in why
    assert {run.name for run in ranking.runs} == {run.name for run in wanted.runs} - {BAD}
    assert "ZeroDivisionError" in " ".join(done.out.split())


def test_a_bug_in_a_check_does_not_take_the_ranking(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("unforeseen")

    breaks_plugins(monkeypatch, "checks", "find", lambda whole: fails)
    ranking = sm.rank(runs)
    assert ranking.runs and [note.code for note in ranking.notes] == ["SM174"]


def test_the_traceback_is_there_for_who_asks(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    breaks(monkeypatch, judge_runs, "_ranked", lambda decision: decision.asked.run.source)
    monkeypatch.setenv("SELECTMODEL_DEBUG", "1")
    done = command(capsys, "rank", runs, "--no-cache")
    assert done.code == 0 and "Traceback" in done.err


@pytest.mark.parametrize("engine", ["batch", "process"])
def test_an_impossible_accuracy_stops_no_other_run(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep_of(tmp_path)
    (tmp_path / "one.csv").write_text("epoch,loss,val_accuracy,val_loss\n0,1.0,150,1.0\n")
    done = command(capsys, "rank", tmp_path, "--no-cache", "--val-size", 500, "--engine", engine)
    assert done.code == 0 and "one.csv" in done.out
