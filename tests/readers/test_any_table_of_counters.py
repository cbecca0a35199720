"""Whatever stands in columns that count, or tell rows apart: a run in order, or one sentence; never anything else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples

import selectmodel as sm
from selectmodel.errors import SelectModelError
from selectmodel.metrics.vocabulary import word_set

NAMES = ["", *sorted(word_set("epoch step steps itr samples rank fold seed time loss val_loss grad_norm eval_loss lr"))]
CELLS = ["", *sorted(word_set("0 1 2 3 10 20 100 0.5 1.5 2.97 -1 nan inf -inf x NA 1e308 tensor(0.2)"))]


@st.composite
def tables(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    width = len(names)
    rows = draw(st.lists(st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), max_size=12))
    for name in {"epoch", "step", "steps", "itr"}.intersection(names):
        counts = sorted(draw(st.lists(st.integers(0, 4), min_size=len(rows), max_size=len(rows))))
        for row, count in zip(rows, counts, strict=True):
            row[names.index(name)] = str(count)
    return "\n".join(",".join(row) for row in [names, *rows]) + "\n"


@settings(max_examples=examples(300), deadline=None)
@given(tables(), st.sampled_from([{}, {"index": "row"}, {"index": "step"}, {"segment": 1}, {"segment": 2}]))
def test_a_run_in_order_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str, how: dict[str, str]
) -> None:
    log = tmp_path_factory.getbasetemp() / "counters.csv"
    log.write_text(text, encoding="utf-8")
    with contextlib.suppress(SelectModelError):
        run = sm.read(log, **how)
        for series in run.series.values():
            assert (np.diff(series.steps) > 0).all()
            assert len(series.steps) == len(series.epochs) == len(series.values)
        sm.recommend(run)


@pytest.mark.parametrize(
    "text",
    [
        "rank,steps\n0,-30\n1,-20\n0,0\n1,0\n0,10\n1,10\n",
        "epoch,lr\n" + "".join(f"{at // 2},{value}\n" for at, value in enumerate(["1e308", "0.5"] * 5)),
        "step,val_acc\n10,.8\n10,inf\n20,-inf\n20,inf\n30,.2\n30,.1\n40,.2\n40,.3\n",
        "epoch,steps,val_loss\n0,10,.5\n0.5,-1,.4\n0.5,20,.3\n0.5,-1,.2\n1,5,.1\n",
    ],
)
def test_odd_tables_that_once_failed(tmp_path: Path, text: str) -> None:
    log = tmp_path / "log.csv"
    log.write_text(text, encoding="utf-8")
    with contextlib.suppress(SelectModelError):
        assert sm.read(log, segment=None)


def test_the_end_of_the_only_epoch(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,steps,val_loss\n0,100,.5\n0,200,.4\n0,-1,.3\n", encoding="utf-8")
    best = sm.recommend(sm.read(log), rule="best").recommended
    assert (best.epoch, best.step, best.values["val_loss"]) == (0, -1, 0.3)
