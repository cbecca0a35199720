"""What a call gave, made safe and short enough for a model to read."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from selectmodel.display.escaping import LONGEST, visible
from selectmodel.errors import ExitCode

#: Characters of an answer. More is no answer to read: the question must be narrowed.
MAX_ANSWER = 1_000_000
#: Lines of a refusal: a log may offer very many choices.
_MOST_LINES = 100
#: Texts of several lines, which are code and pages of ours or of an installed plug-in.
_OF_LINES = frozenset({"snippet", "text"})
_MEANINGS = {
    ExitCode.NO: "the gate says no",
    ExitCode.USAGE: "the call must be changed, or one of several choices be named",
    ExitCode.CANNOT_JUDGE: "the log cannot be judged",
    ExitCode.OUTPUT: "something could not be written",
    ExitCode.INTERNAL: "a bug in selectmodel",
}


class Reply(NamedTuple):
    """What an agent is told: the answer, or else what is wrong, and the exit code of the command."""

    answer: dict[str, Any] | None
    text: str
    code: int


def reply(code: int, out: bytes, err: bytes) -> Reply:
    """The reply to a call whose process ended so. A gate that says no has answered, too."""
    try:
        found = json.loads(out) if out else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return refusal(err.decode("utf-8", "replace").strip() or "the process was stopped", code)
    answer = safe(found)
    text = json.dumps(answer, ensure_ascii=False)
    if len(text) > MAX_ANSWER:
        sentence = f"the answer has {len(text):,} characters, more than {MAX_ANSWER:,}; ask about fewer runs or one log"
        return refusal(sentence, ExitCode.USAGE)
    return Reply(answer, text, code)


def refusal(sentence: str, code: int) -> Reply:
    """What is wrong, a line a problem, and the exit code that the command line would have had."""
    lines = [visible(line.removeprefix("error: "), LONGEST) for line in sentence.split("\n")]
    meaning = _MEANINGS.get(ExitCode(code)) if code in set(ExitCode) else None
    end = f"(exit code {code}: {meaning})" if meaning else f"(exit code {code})"
    return Reply(None, "\n".join([*lines[:_MOST_LINES], end]), int(code))


def safe(value: Any, key: str = "") -> Any:
    """The answer with every control character of a text shown rather than sent, and no text without end."""
    if isinstance(value, str):
        if key in _OF_LINES:
            return "\n".join(visible(line, LONGEST) for line in value.split("\n"))
        return visible(value, LONGEST)
    if isinstance(value, list):
        return [safe(item, key) for item in value]
    if isinstance(value, dict):
        return {visible(name, LONGEST): safe(item, name) for name, item in value.items()}
    return value
