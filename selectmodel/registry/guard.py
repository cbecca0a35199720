"""What stands between our code and a plug-in of another package: whatever it does wrong becomes a PluginError.

Our own plug-ins run without it: what they do wrong is a bug of ours, and is to be seen as one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from selectmodel import settings
from selectmodel.errors import PluginError, SelectModelError, Stopped
from selectmodel.records import Advice, Finding, Note, Pick, Question, Run, Series
from selectmodel.registry.contract import Plugin, hooks

#: What is raised through a plug-in without being its fault: the user's own errors, signals, and the end of asking.
_NOT_ITS_OWN = (SelectModelError, KeyboardInterrupt, Stopped, GeneratorExit)
#: Hooks whose keyword-only arguments are settings.
_WITH_SETTINGS = ("pick", "find", "advise")


def guarded(record: Plugin, who: str) -> Plugin:
    """The plug-in with every function guarded; ``who`` it is in messages. Raises TypeError for a wrong signature."""
    own = {name: function for name in hooks(type(record)) if (function := getattr(record, name)) is not None}
    for name, function in own.items():
        _check_signature(name, function, hooks(type(record))[name].metadata["takes"])
    changed: dict[str, Any] = {name: _guarded(name, function, who) for name, function in own.items()}
    return replace(record, **changed)


def _check_signature(name: str, function: Callable[..., Any], takes: int) -> None:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return  # a function of an extension, which does not tell
    kinds = [one.kind for one in parameters]
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    least = sum(one.default is one.empty for one in positional)
    if inspect.Parameter.VAR_POSITIONAL not in kinds and not least <= takes <= len(positional):
        raise TypeError(f"{name} takes {len(positional)} arguments; it must take {takes}, and settings by keyword only")
    if name in _WITH_SETTINGS:
        try:
            known = settings.options(function)
        except Exception as failure:
            raise TypeError(f"the settings of {name} cannot be read ({failure})") from None
        for option in known.values():
            try:
                option.accept(option.default)
            except ValueError as refusal:
                raise TypeError(f"{name}: the default of {option.name}: {refusal}") from None


def _guarded(name: str, function: Callable[..., Any], who: str) -> Callable[..., Any]:
    judge = _ANSWERS.get(name)

    @functools.wraps(function)
    def called(*given: Any, **settings: Any) -> Any:
        with _Blamed(who, name):
            answer = function(*given, **settings)
            return judge(answer, *given) if judge is not None else answer

    @functools.wraps(function)
    def each(*given: Any, **settings: Any) -> Iterator[Any]:
        # one at a time: of advice, pick asks for the first piece alone
        with _Blamed(who, name):
            items = iter(function(*given, **settings))
        while True:
            with _Blamed(who, name):
                try:
                    item = next(items)
                except StopIteration:
                    return
                answer = _EACH[name](item, *given)
            yield answer

    return each if name in _EACH else called


class _Blamed:
    """Names the plug-in in whatever is raised inside, but for what it says to the user by an error of ours.

    What it prints goes to standard error: on standard output stands the answer, which programs read.
    """

    def __init__(self, who: str, hook: str) -> None:
        self._who, self._hook = who, hook
        self._printed = contextlib.redirect_stdout(sys.stderr)

    def __enter__(self) -> None:
        self._printed.__enter__()

    def __exit__(self, kind: Any, failure: BaseException | None, trace: Any) -> None:
        self._printed.__exit__(kind, failure, trace)
        if isinstance(failure, _WrongAnswerError):
            raise PluginError(f"{self._who}: {self._hook} returned {failure}") from failure
        if failure is not None and not isinstance(failure, _NOT_ITS_OWN):
            raise PluginError(f"{self._who}: {self._hook} raised {told(failure)}") from failure


def told(failure: BaseException) -> str:
    """An exception in one line, and not a long one."""
    text = " ".join(str(failure).split())
    return f"{type(failure).__name__}: {text[:200]}" if text else type(failure).__name__


class _WrongAnswerError(Exception):
    """What a hook returned, and what it must return."""


def _wrong(answer: Any, must: str) -> _WrongAnswerError:
    shown = repr(answer)
    return _WrongAnswerError(f"{shown if len(shown) <= 80 else type(answer).__name__}; it must return {must}")


def _pick(answer: Any, question: Question) -> Pick:
    if not isinstance(answer, Pick):
        raise _wrong(answer, "a Pick")
    if answer.index is not None and not _is_candidate(answer.index, question):
        raise _wrong(answer.index, "the index of an allowed candidate, a whole number (int), or None")
    if not isinstance(answer.reason, str) or not answer.reason:
        raise _wrong(answer.reason, "a reason")
    if not all(_is_candidate(index, question, allowed=False) for index in answer.alike):
        raise _wrong(answer.alike, "indices of candidates")
    _evidence(answer.evidence)
    return answer


def _is_candidate(index: Any, question: Question, *, allowed: bool = True) -> bool:
    return type(index) is int and 0 <= index < question.n and (not allowed or bool(question.allowed[index]))


def _evidence(given: Any) -> None:
    if not all(isinstance(name, str) and type(value) is float for name, value in dict(given).items()):
        raise _wrong(given, "evidence of names and numbers (float)")


def _finding(item: Any, question: Question, pick: Pick) -> Finding:
    if not isinstance(item, Finding) or not isinstance(item.message, str) or not item.message:
        raise _wrong(item, "findings with a message")
    if not all(_is_candidate(index, question, allowed=False) for index in item.indices):
        raise _wrong(item.indices, "indices of candidates")
    _evidence(item.evidence)
    return item


def _advice(item: Any, pasts: Any) -> Advice:
    if not isinstance(item, Advice):
        raise _wrong(item, "advice")
    if not all(isinstance(text, str) for text in (item.message, item.snippet, item.why)):
        raise _wrong(item, "texts as message, snippet and why")
    if not item.message or not 0 <= item.worth <= 1:
        raise _wrong(item.worth, "advice with a message that is worth 0 to 1")
    rows = [tuple(row) for row in item.rows]
    if len({len(row) for row in rows}) > 1 or not all(
        isinstance(cell, (str, int, float)) for row in rows for cell in row
    ):
        raise _wrong(item.rows, "rows of one length, of texts and numbers")
    _evidence(item.evidence)
    return item


def _sureness(answer: Any, *_: Any) -> float:
    if not isinstance(answer, (int, float)) or not 0 <= answer <= 1 or math.isnan(answer):
        raise _wrong(answer, "a number from 0 to 1")
    return float(answer)


def _run(answer: Any, source: Any) -> Run:
    if not isinstance(answer, Run):
        raise _wrong(answer, "a Run")
    if not all(isinstance(text, str) for text in (answer.name, answer.source, answer.format, *answer.files)):
        raise _wrong(answer.name, "a Run with texts as name, source, format and files")
    for name, series in answer.series.items():
        if not isinstance(name, str) or not isinstance(series, Series) or series.name != name or not _whole(series):
            raise _wrong(name, "a Run whose series, under their names, are made by Series.of")
    if not all(isinstance(note, Note) and isinstance(note.message, str) for note in answer.notes):
        raise _wrong(answer.notes, "a Run with notes of selectmodel.records.Note")
    return answer


def _whole(series: Series) -> bool:
    """Whether its arrays are numbers of one length, at steps that increase."""
    arrays, kinds = (series.steps, series.epochs, series.values), "iff"
    if any(
        getattr(array, "ndim", None) != 1 or array.dtype.kind != kind for array, kind in zip(arrays, kinds, strict=True)
    ):
        return False
    return len({len(array) for array in arrays}) == 1 and bool((series.steps[1:] > series.steps[:-1]).all())


def _runs(answer: Any, sources: Any) -> list[Run | SelectModelError]:
    runs = list(answer)
    if len(runs) != len(sources) or not all(isinstance(run, (Run, SelectModelError)) for run in runs):
        raise _wrong(runs, "for each source a Run or an error of selectmodel.errors")
    return [_run(run, source) if isinstance(run, Run) else run for run, source in zip(runs, sources, strict=True)]


def _groups(answer: Any, files: Any, contents: Any) -> list[Any]:
    groups = [(path, tuple(paths)) for path, paths in answer]
    if not {file for _, paths in groups for file in paths} <= set(files):
        raise _wrong(groups, "runs of the files that it was given")
    return groups


def _settings(answer: Any) -> dict[str, Any]:
    found = dict(answer)
    if not all(isinstance(name, str) for name in found):
        raise _wrong(answer, "settings under their names")
    return found


def _words(answer: Any, *_: Any) -> str:
    if not isinstance(answer, str):
        raise _wrong(answer, 'a text, "" for nothing')
    return answer


def _held(answer: Any, question: Question) -> dict[str, int]:
    found = dict(answer)
    if not all(isinstance(why, str) and _is_candidate(at, question, allowed=False) for why, at in found.items()):
        raise _wrong(answer, "indices of candidates by what says so")
    return found


def _page(answer: Any, *_: Any) -> str | bytes:
    if not isinstance(answer, (str, bytes)):
        raise _wrong(answer, "a text, or bytes where BINARY is True")
    return answer


_ANSWERS: dict[str, Callable[..., Any]] = {
    "pick": _pick, "sniff": _sureness, "sniff_directory": _sureness, "read": _run, "read_many": _runs, "group": _groups,
    "render": _page, "fragment": _page, "run_fragment": _page, "lacks": _words,
    "hparams": lambda answer, _: _settings(answer), "holds": _held, "continues": lambda answer, *_: bool(answer),
}  # fmt: skip
_EACH: dict[str, Callable[..., Any]] = {"find": _finding, "advise": _advice}
