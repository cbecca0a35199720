"""What a plug-in returns, raises or prints against the contract is its fault, named; it never spoils an answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from questions import ask_of

from selectmodel.errors import PluginError, UsageError
from selectmodel.records import Advice, Finding, Note, Pick, Question, Run, Series
from selectmodel.registry.contract import AdviceSubject, Check, Reader, Rule
from selectmodel.registry.guard import guarded

QUESTION = ask_of([3.0, 1.0, np.nan])
SERIES = Series.of("val_loss", [0, 1], [0, 1], [2.0, 1.0])
RUN = Run("log", "log", "odd", {"val_loss": SERIES})


class OddError(BaseException):
    """No Exception: what an async library raises."""


#: What the records of a kind need beside the hook.
NEEDED: dict[type[Any], dict[str, Any]] = {
    Rule: {}, Check: {"code": "ODD1"}, AdviceSubject: {}, Reader: {"format": "odd"},
}  # fmt: skip


def record(kind: type[Any], hook: str, function: Callable[..., Any]) -> Any:
    """One hook of a plug-in of this kind, guarded as one of another package."""
    main = {Rule: "pick", Check: "find", AdviceSubject: "advise", Reader: "read"}[kind]
    hooks = {main: (lambda one, other: None) if kind is Check else (lambda one: None), hook: function}
    return getattr(guarded(kind(name="odd", **NEEDED[kind], **hooks), "odd 1.0"), hook)


PICKS = [
    None, 0, "0", Pick("0", "x"), Pick(True, "x"), Pick(1.0, "x"), Pick(np.int64(1), "x"), Pick(2, "x"), Pick(-1, "x"),
    Pick(9, "x"), Pick(1, ""), Pick(1, None), Pick(1, 3), Pick(1, "x", {"a": "b"}), Pick(1, "x", {1: 1.0}),
    Pick(1, "x", None), Pick(1, "x", alike=(7,)), Pick(1, "x", alike=3), Pick(1, "x", alike=("a",)), [Pick(1, "x")],
]  # fmt: skip
FINDINGS = [
    None, 3, ["x"], [None], [Finding("")], [Finding(None)], [Finding("x", (9,))], [Finding("x", 3)],
    [Finding("x", (), {"a": 1})], [Finding("x", (), {"a": "b"})], [Finding("x", (), None)], Finding("x"),
    [Pick(1, "x")],
]  # fmt: skip
ADVICE = [
    None, [None], ["x"], [Advice("")], [Advice("x", worth=2.0)], [Advice("x", worth=float("nan"))],
    [Advice("x", worth="1")],
    [Advice("x", snippet=3)], [Advice("x", why=None)], [Advice("x", rows=(("a", "b"), (1,)))], [Advice("x", rows=3)],
    [Advice("x", rows=(("a",), (object(),)))], [Advice("x", rows=(("a",), (None,)))], [Advice("x", evidence={"a": 1})],
]  # fmt: skip
RUNS = [
    None, {}, replace(RUN, name=None), replace(RUN, source=3), replace(RUN, format=None), replace(RUN, files=(3,)),
    replace(RUN, series={"other": SERIES}), replace(RUN, series={"val_loss": [1, 2]}), replace(RUN, series={3: SERIES}),
    replace(RUN, notes=("careful",)), replace(RUN, notes=(Note("SM181", None),)),
    replace(RUN, series={"val_loss": replace(SERIES, values=np.array(["a", "b"]))}),
    replace(RUN, series={"val_loss": replace(SERIES, values=np.array([1.0]))}),
    replace(RUN, series={"val_loss": replace(SERIES, values=[2.0, 1.0])}),
    replace(RUN, series={"val_loss": replace(SERIES, values=np.ones((2, 2)))}),
    replace(RUN, series={"val_loss": replace(SERIES, steps=np.array([1, 0]))}),
    replace(RUN, series={"val_loss": replace(SERIES, steps=np.array([0.0, 1.0]))}),
]  # fmt: skip
KINDS: list[tuple[type[Any], str, tuple[Any, ...], list[Any]]] = [
    (Rule, "pick", (QUESTION,), PICKS),
    (Check, "find", (QUESTION, Pick(1, "x")), FINDINGS),
    (AdviceSubject, "advise", ((),), ADVICE),
    (Reader, "read", (None,), RUNS),
    (Reader, "hparams", (None,), [None, 3, {1: 2}, "ab"]),
    (Check, "lacks", (QUESTION,), [None, 3, b"x", ["x"]]),
]
ODD = [(kind, hook, given, answer) for kind, hook, given, answers in KINDS for answer in answers]


def asked(function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    answer = function(*given)
    return list(answer) if isinstance(answer, Iterator) else answer


@pytest.mark.parametrize(("kind", "hook", "given", "answer"), ODD, ids=[f"{h}-{i}" for i, (_, h, *_) in enumerate(ODD)])
def test_an_odd_answer_is_refused_and_named(kind: type[Any], hook: str, given: tuple[Any, ...], answer: Any) -> None:
    def function(*_: Any) -> Any:
        return answer

    with pytest.raises(PluginError) as refused:
        asked(record(kind, hook, _taking(function, len(given))), given)
    assert str(refused.value).startswith(f"odd 1.0: {hook} ") and "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


def _taking(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function with exactly so many arguments, as the contract asks."""

    def one(first: Any) -> Any:
        return function(first)

    def two(first: Any, second: Any) -> Any:
        return function(first, second)

    return one if count == 1 else two


@pytest.mark.parametrize(
    "failure",
    [OddError("x\ny"), SystemExit(0), RecursionError(), MemoryError(), StopIteration(), ValueError("\x1b[31m" * 99)],
)
@pytest.mark.parametrize(("kind", "hook", "given", "_"), KINDS, ids=[hook for _, hook, *_ in KINDS])
def test_whatever_is_raised_is_its_fault(failure: BaseException, kind: Any, hook: str, given: Any, _: Any) -> None:
    def function(*_: Any) -> Any:
        raise failure

    with pytest.raises(PluginError) as refused:
        asked(record(kind, hook, _taking(function, len(given))), given)
    assert f"odd 1.0: {hook} raised {type(failure).__name__}" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), UsageError("yours")])
def test_what_is_not_its_fault_goes_through(failure: BaseException) -> None:
    def pick(question: Question) -> Pick:
        raise failure

    with pytest.raises(type(failure)):
        record(Rule, "pick", pick)(QUESTION)


def test_what_it_prints_is_no_part_of_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    def find(question: Question, pick: Pick) -> Iterator[Finding]:
        print("one")
        yield Finding("x")
        print("two")
        yield Finding("y")

    for finding in record(Check, "find", find)(QUESTION, Pick(1, "x")):
        print(finding.message)
    printed = capsys.readouterr()
    assert printed.out.split() == ["x", "y"] and printed.err.split() == ["one", "two"]
    assert sys.stdout is not sys.stderr


def test_a_sound_answer_is_as_it_was() -> None:
    pick = Pick(1, "lowest", MappingProxyType({"a": 1.0}), (0, 1))
    assert record(Rule, "pick", lambda question: pick)(QUESTION) is pick
    assert record(Reader, "read", lambda source: RUN)(None) is RUN
    advice = Advice("x", rows=(("a", "b"), (1, 2.0)))
    assert list(record(AdviceSubject, "advise", lambda pasts: [advice])(())) == [advice]
