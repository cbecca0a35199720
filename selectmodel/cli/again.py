"""Command lines to go on with: the one that was called with more said, or another one of the same logs and policy.

They are made of the words as they were typed, so that they can be pasted as they stand.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

#: What is said of one answer alone, and not of the question: where it goes, and how it looks.
_OF_THE_ANSWER = frozenset({
    "--format", "--output", "--force", "--plot", "--no-plot", "--verbose", "--record", "--print", "--copy-to",
    "--history", "--cache", "--no-cache", "--help",
})  # fmt: skip
_RUN = "--run"

_called: list[str] = []
_commands: list[Callable[[str], Any]] = []


def begun(arguments: Sequence[str], command: Callable[[str], Any]) -> None:
    """Keeps what the program was called with; ``command`` gives the parser's command of a name."""
    _called[:], _commands[:] = arguments, [command]


def command(name: str) -> Any:
    """The parser's command of a name."""
    return _commands[0](name)


def with_more(*more: str) -> str:
    """The command line that was called, with ``more`` options behind it."""
    end = _called.index("--") if "--" in _called else len(_called)
    return shlex.join(["selectmodel", *_called[:end], *more, *_called[end:]])


def another(command: str, logs: Sequence[str], more: Sequence[str] = (), *, same: bool = False) -> str:
    """``command`` of these ``logs``, with those options of the one called that it takes and that are of the question.

    ``same``: the logs are those that were asked about; they are written as they were typed. A run that is named by
    ``more`` takes the place of those named before.
    """
    if not _called:
        return shlex.join(["selectmodel", command, *logs, *more])
    if same:
        return shlex.join(["selectmodel", command, *_kept(command, positional=True), *more])
    words = _kept(command, positional=False, without=() if _RUN not in more else (_RUN,))
    if any(log.startswith("-") for log in logs):
        return shlex.join(["selectmodel", command, *words, *more, "--", *logs])
    return shlex.join(["selectmodel", command, *logs, *words, *more])


def _kept(command: str, *, positional: bool, without: Sequence[str] = ()) -> Iterator[str]:
    """The words of the command line that another command takes too."""
    mine, theirs = _options(_called[0]), _options(command)
    words = iter(_called[1:])
    for word in words:
        name, equals, _ = word.partition("=")
        option = mine.get(name) or mine.get(word[:2])
        if word == "--" and positional:
            yield from (word, *words)
        elif word == "--":
            return
        elif option is None or not word.startswith("-") or word == "-":
            yield from [word] * positional
        else:
            glued = bool(equals) or (not word.startswith("--") and len(word) > len("-o"))
            values = [] if glued or option.is_flag else list(islice(words, option.nargs))
            names = {*option.opts, *option.secondary_opts}
            if names & set(theirs) and not names & _OF_THE_ANSWER and not names & set(without):
                yield from (word, *values)


def _options(command: str) -> dict[str, Any]:
    """Every spelling of an option of a command, and the option."""
    found = _commands[0](command)
    options = [one for one in getattr(found, "params", ()) if one.param_type_name == "option"]
    return {name: one for one in options for name in (*one.opts, *one.secondary_opts)}
