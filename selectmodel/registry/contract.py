"""What a plug-in may hold, a record a kind: its functions and constants, what each means, and what holds without it.

A plug-in is a module. Its names are read once, into one of these records: a function ``pick`` into the field ``pick``,
a constant ``LUCK`` into the field ``luck``. What a plug-in keeps for itself begins with an underscore: any other name
in capitals is taken for a misspelt constant, so that no wish of an author is passed over in silence.
"""

# ruff: noqa: RUF009 - fields are made by two functions, so that each says what it means and may be

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from selectmodel.settings import nearest

# A listing prints by a report, and need not wait for what rules and readers work on.
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType
    from typing import Concatenate

    from selectmodel.errors import SelectModelError
    from selectmodel.records import Advice, Finding, Pick, Question, Run, Severity
    from selectmodel.source import Source

#: What a rule is for: an aim that a user can name, or "metric": whatever metric the user names.
Aim = Literal["accuracy", "loss", "both", "metric"]
#: How lucky the choice of a rule is, as selection/expected.py takes it: like one of these choices, or (k, most).
Luck = Literal["lowest loss", "highest score"] | tuple[float, float]


class Allowed(NamedTuple):
    """The values that a constant may have, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def _texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, str) and item for item in value)


def _compiles(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value).pattern)
    except re.error:
        return False


def _one_of(*choices: str) -> Allowed:
    return Allowed(f"one of {', '.join(choices)}", lambda value: value in choices)


_FLAG = Allowed("True or False", lambda value: isinstance(value, bool))
_TEXT = Allowed("a text", lambda value: isinstance(value, str) and value != "")
_TEXTS = Allowed('a tuple of texts, such as ("a", "b")', _texts)
_PATTERN = Allowed("a regular expression", _compiles)
_PATTERNS = Allowed('a tuple of patterns of file names, such as ("*.csv",)', _texts)
_SUFFIXES = Allowed('a tuple of suffixes, such as (".csv",)', lambda v: _texts(v) and all(s[0] == "." for s in v))
_CASES = Allowed("a tuple of tuples", lambda value: isinstance(value, tuple) and all(type(v) is tuple for v in value))
_LUCK = Allowed(
    '"lowest loss", "highest score" or two numbers (k, most)',
    lambda v: v in ("lowest loss", "highest score") or (type(v) is tuple and [type(n) for n in v] == [float, float]),
)
_SAYINGS = Allowed(
    "a tuple of pairs of texts",
    lambda value: isinstance(value, tuple) and all(_texts(pair) and len(pair) == 2 for pair in value),
)
_CODE = Allowed("letters followed by digits", lambda v: isinstance(v, str) and bool(re.fullmatch("[A-Z]+[0-9]+", v)))


def _function(means: str, *, takes: int = 1, needed: bool = False) -> Any:
    """A field for a function of so many arguments, those by keyword aside."""
    return field(default=None, metadata={"means": means, "takes": takes, "needed": needed})


def _constant(means: str, allowed: Allowed, default: Any = None, *, needed: bool = False) -> Any:
    """A field for a constant."""
    return field(default=default, metadata={"means": means, "allowed": allowed, "needed": needed})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Plugin:
    """What every plug-in has: its name, and the package and version that it comes with, "" for our own."""

    name: str
    package: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reader(Plugin):
    """A log format: which files it knows, and how they are read."""

    format: str = _constant("what its runs call their format", _TEXT, needed=True)
    files: tuple[str, ...] = _constant("which files of a folder it is asked about", _PATTERNS, ())
    sniff: Callable[[Path, bytes], float] | None = _function(
        "how sure it is, 0 to 1, that a file of this path and first bytes is its own", takes=2
    )
    sniff_directory: Callable[[Path], float] | None = _function("how sure it is of a folder that holds no log")
    read: Callable[[Source], Run] = _function("the run of a source", needed=True)
    read_many: Callable[[Sequence[Source]], Iterable[Run | SelectModelError]] | None = _function(
        "for each of many sources its run, or the error that read raises"
    )
    group: Callable[[Sequence[Path], Mapping[Path, bytes]], Sequence[tuple[Path, Sequence[Path]]]] | None = _function(
        "which of its files are one run, given those and what some of them hold; without it each is one", takes=2
    )
    parts: Callable[[Source], Sequence[str]] | None = _function(
        "the runs that one of its files holds, by the names that Source.part then has; without it a file holds one"
    )
    continues: Callable[[Run, Run], bool] | None = _function("whether the second run goes on with the first", takes=2)
    hparams: Callable[[Source], Mapping[str, Any]] | None = _function("what the log says the run was configured with")
    unfinished: Callable[[Source], Mapping[str, str]] | None = _function(
        "the runs of a file of several that have not finished, by name, and what they are instead, such as running"
    )
    last_resort: bool = _constant("a file that nobody knows is read by it, which says what is missing", _FLAG, False)
    same_names: tuple[str, ...] = _constant(
        "names that every run's file has: a run is called by its folder", _TEXTS, ()
    )
    owns_folder: bool = _constant("rounded logs below the folder of a run are of the same training", _FLAG, False)
    deep: bool = _constant("the files of one run may lie in folders below it", _FLAG, False)
    less_exact: bool = _constant(
        "its values are rounded, or it repeats others: another log of the same folder is read instead", _FLAG, False
    )
    names_checkpoints: bool = _constant("it says itself which checkpoint is of which epoch", _FLAG, False)
    first_file: int | None = _constant(
        "the number that its framework gives the checkpoint of the first epoch; None: as the log counts",
        Allowed("0 or 1", lambda value: type(value) is int and value in (0, 1)),
    )
    first_of_equals: bool = _constant("of equal values its framework keeps the first as the best", _FLAG, False)
    steps_ahead: bool = _constant("a step in its checkpoints' names is one more than in the log", _FLAG, False)
    whole_rows: bool = _constant("its rows are written whole: what one lacks does not come later", _FLAG, False)
    checksums: bool = _constant("its files have checksums: a changed byte never goes unnoticed", _FLAG, False)
    framework: str | None = _constant("the framework that writes this format, and none else does", _TEXT)
    examples: tuple[tuple[bytes, tuple[float, ...]], ...] = _constant(
        "what a file may hold, and the epochs (else steps) in it; tests read them whole, cut and damaged", _CASES, ()
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rule(Plugin):
    """A rule: which of the candidates to recommend."""

    pick: Callable[Concatenate[Question, ...], Pick] = _function(
        "the candidate it recommends; its keyword arguments are its settings", needed=True
    )
    judges: Callable[[Sequence[str]], str | None] | None = _function(
        "the metric, of the names in the log, that it judges where the user names none; None: whichever is monitored"
    )
    holds: Callable[[Question], Mapping[str, int]] | None = _function(
        "which candidates a file that WRITES fits may hold, by what says so; empty where the log does not tell"
    )
    aim: Aim | None = _constant("what it is for", _one_of("accuracy", "loss", "both", "metric"))
    luck: Luck | None = _constant("how lucky its choice is where an accuracy is monitored; None: not known", _LUCK)
    luck_by_loss: Luck | None = _constant("the same of an accuracy where something else is monitored", _LUCK)
    chance_known: bool = _constant("selection.expected.chance was fitted to its choices", _FLAG, False)
    replays: tuple[str, ...] = _constant("log formats of the framework whose callback it repeats", _TEXTS, ())
    shown: str | None = _constant(
        "where the table of pick has it without --verbose, if it is neither recommended nor named: always, unless "
        "others are named, or then and where no rule of the aim loss has an answer (without a loss)",
        _one_of("always", "unless others are named", "without a loss"),
    )
    writes: str | None = _constant(
        "pattern of the paths of files whose names tell no epoch, but its function holds does", _PATTERN
    )
    stops_after: str | None = _constant("its setting that says after how long without a better value to stop", _TEXT)
    monitors_the_loss: bool = _constant("it looks at the loss unless the user names a metric", _FLAG, False)
    flip_matters: str | None = _constant("why its pick changes with the sign and the direction of the metric", _TEXT)
    shift_matters: str | None = _constant("why its pick changes when a number is added to the metric", _TEXT)
    scale_matters: str | None = _constant("why its pick changes with the unit of the metric", _TEXT)
    cases: tuple[tuple[dict[str, Any], dict[str, Sequence[float]], int | None], ...] = _constant(
        "settings, a log by columns (the first is monitored), and the epoch that it picks; tests run them", _CASES, ()
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Check(Plugin):
    """A check: what the curves show that a user should know."""

    find: Callable[Concatenate[Question, Pick, ...], Iterator[Finding]] = _function(
        "what it finds, given the question and the recommended pick", takes=2, needed=True
    )
    lacks: Callable[[Question], str] | None = _function(
        "what the log lacks for it to look at, in words; empty: nothing"
    )
    code: str = _constant("its stable code", _CODE, needed=True)
    level: Severity = _constant("how bad a finding is, unless the policy says otherwise",
                                _one_of("off", "note", "warn", "fail"), "note")  # fmt: skip
    says: tuple[tuple[str, str], ...] = _constant(
        "notes that need not be shown beside its finding: their code and a part of their message", _SAYINGS, ()
    )
    unfinished: bool = _constant("its finding says that the run was still improving", _FLAG, False)
    beyond_belief: bool = _constant("its finding says that a value is too good to rank a run by", _FLAG, False)
    cases: tuple[tuple[dict[str, Any], dict[str, Sequence[float]], str], ...] = _constant(
        'settings, a log by columns (the first is monitored), and a part of what it says, "" for nothing', _CASES, ()
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AdviceSubject(Plugin):
    """A subject of advice: what to do in the next run."""

    # Past stands in a room above, with the subjects: selectmodel.advice.hindsight.finished_run.
    advise: Callable[Concatenate[Sequence[Any], ...], Iterator[Advice]] = _function(
        "its advice after these finished runs, the most useful first", needed=True
    )
    not_in_pick: str | None = _constant("why pick does not end with it", _TEXT)


def _no_fragment(answer: Any) -> str:
    raise TypeError("this format has no fragment")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportFormat(Plugin):
    """An output format: how an answer is written."""

    # Style stands in a room above: selectmodel.display.style.
    render: Callable[[Any, Any], Any] = _function("the answer as text, or bytes, in a style", takes=2, needed=True)
    fragment: Callable[[Any], str] = field(
        default=_no_fragment, metadata={"means": "the answer as a part of a page", "takes": 1, "needed": False}
    )
    run_fragment: Callable[[Run], str] = field(
        default=_no_fragment,
        metadata={"means": "a run that was read and not judged, as a part of a page", "takes": 1, "needed": False},
    )
    used_for: str | None = _constant(
        "what is written in it where no format is named: what print() and files of plain screens show, notebooks, "
        "records of decisions, or the summary of a job",
        _one_of("screens", "notebooks", "records", "summaries"),
    )
    kinds: tuple[str, ...] | None = _constant("kinds of answers that it is for; None: every one", _TEXTS)
    binary: bool = _constant("it is bytes, which are written to a file and not to a terminal", _FLAG, False)
    picture: bool = _constant("it is a picture, which a page that is written beside it shows", _FLAG, False)
    suffixes: tuple[str, ...] | None = _constant("suffixes of its files; None: its name", _SUFFIXES)
    readable: bool = _constant("people read it as it is printed: nothing need be said beside it", _FLAG, False)
    forge: str | None = _constant("the forge whose runner is told more than the page", _TEXT)


RECORDS: Mapping[str, type[Plugin]] = {
    "readers": Reader, "rules": Rule, "checks": Check, "advice": AdviceSubject, "reports": ReportFormat,
}  # fmt: skip
#: In capitals, and yet no constant of a plug-in.
_NOT_OURS = frozenset({"TYPE_CHECKING"})
#: How like a function's name must be to one that the contract knows, to be taken for it.
_MISSPELT = 0.8


def record_of(record: type[Plugin], module: ModuleType, *, name: str, package: str, version: str) -> Plugin:
    """The plug-in in a module. Raises TypeError with a sentence part that says what is wrong with it."""
    functions, constants = hooks(record), _constants(record)
    given: dict[str, Any] = {}
    for key, value in vars(module).items():
        if key in functions:
            if not callable(value):
                raise TypeError(f"{key} is {value!r}; it must be a function: {functions[key].metadata['means']}")
            given[key] = value
        elif key in constants:
            declared = constants[key]
            if value != declared.default and not declared.metadata["allowed"].fits(value):
                raise TypeError(f"{key} is {value!r}; it takes {declared.metadata['allowed'].words}")
            given[declared.name] = value
    _refuse_unknown(module, functions, constants, given)
    for key, declared in (functions | constants).items():
        if declared.metadata["needed"] and declared.name not in given:
            kind = "function" if key in functions else "constant"
            raise TypeError(f"has no {kind} {key}: {declared.metadata['means']}")
    if record is Reader and not given.keys() & {"sniff", "sniff_directory"}:
        raise TypeError("has neither a function sniff nor sniff_directory, so it knows no log")
    return record(name=name, package=package, version=version, **given)


def hooks(record: type[Plugin]) -> dict[str, Field[Any]]:
    """The functions of a kind by name."""
    return {one.name: one for one in fields(record) if "takes" in one.metadata}


def _constants(record: type[Plugin]) -> dict[str, Field[Any]]:
    return {one.name.upper(): one for one in fields(record) if "allowed" in one.metadata}


def _refuse_unknown(
    module: ModuleType, functions: Mapping[str, Any], constants: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    """Refuses a misspelt name: any in capitals that is defined here, and a function called nearly like one known."""
    for key, value in vars(module).items():
        if key.startswith("_") or key in functions or key in constants:
            continue
        if key.isupper():
            if key not in _NOT_OURS and _assigned(module, key):
                near = nearest(key, constants)
                hint = f"did you mean {near}?" if near else f"there are {', '.join(constants)}"
                raise TypeError(f"{key} is no constant of its kind; {hint} (a name of its own begins with _)")
        elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
            absent = [name for name in functions if name not in given]
            for name in difflib.get_close_matches(key, absent, n=1, cutoff=_MISSPELT):
                raise TypeError(f"{key} is no function of its kind; did you mean {name}? (its own begin with _)")


def _assigned(module: ModuleType, key: str) -> bool:
    """Whether a module defines a name, rather than importing it."""
    try:
        text = Path(getattr(module, "__file__", None) or "").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    # Parsing takes a while, and nearly every such name was imported.
    likely = re.search(rf"^(?!from |import |\s).*\b{key}\b.*=", text, flags=re.MULTILINE)
    if likely is None:
        return False
    from selectmodel.registry import literals

    return key in literals.assignments(text)
