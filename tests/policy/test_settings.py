"""Signatures as schemas: what a setting accepts, and what it says when it does not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from selectmodel.settings import Setting, Typed, nearest, options


def example(
    question: object,
    *,
    weight: Annotated[float, Setting("penalty", low=0, high=2)] = 0.5,
    window: Annotated[int, Setting("epochs", low=1)] = 3,
    kind: Annotated[Literal["ema", "mean"], Setting("kind")] = "ema",
    strict: Annotated[bool, Setting("strict")] = False,
    limit: Annotated[float | None, Setting("limit")] = None,
    conditions: Annotated[tuple[str, ...], Setting("conditions")] = (),
) -> None:
    """A plug-in's function."""


OPTIONS = options(example)


def test_only_keyword_only_arguments_are_settings() -> None:
    assert list(OPTIONS) == ["weight", "window", "kind", "strict", "limit", "conditions"]


@pytest.mark.parametrize(
    ("name", "given", "accepted"),
    [
        ("weight", Typed("0.25"), 0.25),
        ("weight", 1, 1.0),
        ("window", Typed("7"), 7),
        ("kind", "mean", "mean"),
        ("kind", Typed("mean"), "mean"),
        ("strict", Typed("True"), True),
        ("strict", False, False),
        ("limit", "none", None),
        ("limit", None, None),
        ("limit", Typed("-2e-3"), -0.002),
        ("conditions", "val_loss < 1, val_acc > 0.9", ("val_loss < 1", "val_acc > 0.9")),
        ("conditions", ["a < 1"], ("a < 1",)),
    ],
)
def test_accepts(name: str, given: Any, accepted: Any) -> None:
    value = OPTIONS[name].accept(given)
    assert value == accepted
    assert type(value) is type(accepted)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("weight", -0.1, "from 0 to 2"),
        ("weight", "nan", "a number from 0 to 2"),
        ("weight", "inf", "from 0 to 2"),
        ("weight", "much", "a number from 0 to 2"),
        ("weight", True, "a number"),
        ("window", 2.5, "a whole number of at least 1"),
        ("window", "0", "at least 1"),
        ("kind", "meen", "did you mean mean?"),
        ("strict", "yes", "true or false"),
        ("strict", 1, "true or false"),
        ("limit", "nothing", 'or "none"'),
        ("conditions", 3, "a list of strings"),
        ("conditions", [1], "a list of strings"),
    ],
)
def test_refuses_and_says_what_is_allowed(name: str, given: Any, says: str) -> None:
    with pytest.raises(ValueError, match="is not allowed") as refusal:
        OPTIONS[name].accept(given)
    assert says in str(refusal.value)


def test_nearest() -> None:
    assert nearest("pacience", ["gap", "patience"]) == "patience"
    assert nearest("xyz", ["gap", "patience"]) is None
