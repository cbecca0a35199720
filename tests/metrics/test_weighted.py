"""A metric made of others is read by a grammar of its own; nothing in it is ever evaluated."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import UsageError
from selectmodel.metrics import weighted
from selectmodel.metrics.weighted import Term

SUMS = {
    "0.5*val_f1 + 0.5*val_auc": (Term(0.5, "val_f1"), Term(0.5, "val_auc")),
    "val_f1+val_auc": (Term(1, "val_f1"), Term(1, "val_auc")),
    "val_f1 * 2 - .25 * val_loss": (Term(2, "val_f1"), Term(-0.25, "val_loss")),
    "- val_loss + 1e-1*val/f1": (Term(-1, "val_loss"), Term(0.1, "val/f1")),
    "0.3*\"val f1 (micro)\" + 'eval-auc'": (Term(0.3, "val f1 (micro)"), Term(1, "eval-auc")),
    '2*"a+b*c"': (Term(2, "a+b*c"),),
    "val_é + 0*val_f1": (Term(1, "val_é"), Term(0, "val_f1")),
}
WRONG = {
    "0.5*val_f1 +": "nothing stands behind +",
    "* val_f1": "missing before *",
    "0.5**val_f1": "missing before *",
    "val_f1 val_auc + x": "missing before val_auc",
    "val_f1*val_auc": "two metrics are multiplied",
    "2*3 + x": "two numbers are multiplied",
    "val_f1 + 2": "2 is the weight of no metric",
    "0.5*(val_f1 + val_auc)": "'(' is not understood",
    "val_f1 + --val_auc": "missing before -",
    "0*val_f1 + 0*val_auc": "no weight is above 0",
    "1e999*val_f1": "too large",
    "2x*val_f1": "'2' is not understood",
    "__import__('os').system('id')*2": "'(' is not understood",
    "a + b; c": "';' is not understood",
}


@pytest.mark.parametrize("text", SUMS)
def test_a_sum_is_read(text: str) -> None:
    assert weighted.is_sum(text)
    assert weighted.terms(text) == SUMS[text]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_sum_is_refused_and_the_place_is_told(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape(WRONG[text])):
        weighted.terms(text)


@pytest.mark.parametrize("name", ["val_f1", "val-f1", "metrics/mAP50-95(B)", "val f1", '"a + b"', "", "top-5 acc"])
def test_a_mere_name_is_no_sum(name: str) -> None:
    assert not weighted.is_sum(name)


@given(st.lists(st.tuples(st.floats(0.001, 1e6), st.from_regex(r"[a-z_][a-z0-9_./]{0,8}", fullmatch=True)), min_size=1))
def test_what_is_written_is_read_back(given_terms: list[tuple[float, str]]) -> None:
    text = " + ".join(f"{weight!r}*{name}" for weight, name in given_terms)
    assert weighted.terms(text) == tuple(Term(weight, name) for weight, name in given_terms)


@given(st.text(alphabet="ab_0.5*+-'\"( e", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert weighted.terms(text)
