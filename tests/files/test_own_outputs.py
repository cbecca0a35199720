"""What this program wrote into the folder of a run is known by what it holds, and never judged as a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import selectmodel
from selectmodel import registry
from selectmodel.display.style import Style
from selectmodel.errors import LogError
from selectmodel.files import own_outputs

LOG = "epoch,loss,val_loss\n" + "".join(f"{e},{1 / e:.3f},{0.4 + abs(e - 4) / 10:.2f}\n" for e in range(1, 8))
FORMATS = ("csv", "jsonl", "json", "md", "text", "html")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run that was evaluated at every second checkpoint."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "log.csv").write_text(LOG)
    (tmp_path / "a" / "checkpoints").mkdir()
    for epoch in range(1, 10):
        (tmp_path / "a" / "checkpoints" / f"model_{epoch}.pt").write_bytes(b"w")
    return tmp_path / "a"


def watched(run: Path) -> Any:
    return next(iter(selectmodel.watch(run / "log.csv", until="finished", every=0.05)))


def compared(run: Path) -> Any:
    return selectmodel.compare(run / "log.csv", run / "log.csv")


def folds(run: Path) -> Any:
    other = run.parent / "b.csv"
    other.write_text(LOG)
    return selectmodel.across([run / "log.csv", other])


def suggested(run: Path) -> Any:
    return selectmodel.evaluate_next(run / "log.csv", checkpoint_offset=0)


def judged(run: Path) -> Any:
    return selectmodel.gate(run / "log.csv", conditions=[{"metric": "val_loss", "max": 0.9}])


def decision(run: Path) -> Any:
    return judged(run).decision


ANSWERS: dict[str, Callable[[Path], Any]] = {
    "pick": lambda run: selectmodel.recommend(run / "log.csv"),
    "folds": folds,
    "prune": lambda run: selectmodel.prune(run / "log.csv"),
    "next": suggested,
    "gate": judged,
    "compare": compared,
    "rank": selectmodel.rank,
    "advise": lambda run: selectmodel.advise(run / "log.csv"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_beside_a_log_is_no_run(kind: str, run: Path) -> None:
    answer = ANSWERS[kind](run)
    for name in FORMATS:
        for verbose in (False, True):
            page = registry.load("reports", name).render(answer, Style(width=80, verbose=verbose))
            assert own_outputs.is_one(page.encode()) or name not in ("csv", "json", "jsonl") or not page
            (run / f"out-{name}{verbose}.{'txt' if name == 'text' else name}").write_text(page)
    (run / "decision.json").write_text(registry.load("reports", "json").render(decision(run), Style()))
    assert selectmodel.recommend(run).run.files == (str(run / "log.csv"),)
    assert len(selectmodel.rank(run.parent / "a").runs) == 1


def test_who_names_it_is_told_what_it_is(run: Path) -> None:
    plan = run / "plan.csv"
    plan.write_text(registry.load("reports", "csv").render(selectmodel.prune(run / "log.csv"), Style()))
    with pytest.raises(LogError, match="is an answer of selectmodel, and no log"):
        selectmodel.read(plan)


@pytest.mark.parametrize(
    "text",
    [
        "epoch,mean,standard_error\n1,0.5,0.1\n2,0.4,0.1\n",
        "checkpoint,epoch,val_loss\nmodel_1.pt,1,0.5\nmodel_2.pt,2,0.4\n",
        "run,rule,epoch,step,val_loss\na,b,1,10,0.5\na,b,2,20,0.4\n",
        '{"epoch": 1, "val_loss": 0.5}\n{"epoch": 2, "val_loss": 0.4}\n',
    ],
)
def test_a_log_that_is_nearly_so_is_read(text: str, tmp_path: Path) -> None:
    assert not own_outputs.is_one(text.encode())
    file = tmp_path / ("log.jsonl" if text[0] == "{" else "log.csv")
    file.write_text(text)
    assert len(selectmodel.read(file).series) >= 1


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_told_without_a_fault(first: bytes) -> None:
    assert own_outputs.is_one(first) in (False, True)


def test_the_lines_that_watch_tells_are_no_run(run: Path) -> None:
    told = [watched(run)]
    (run / "watch.jsonl").write_text("".join(json.dumps(one.to_dict()) + "\n" for one in told))
    (run / "watch.log").write_text("".join(f"{one.message}\n" for one in told))
    assert selectmodel.recommend(run).run.files == (str(run / "log.csv"),)
