"""Placeholders in the names of runs: ``{config}/seed-{seed}`` says what is what without a regular expression."""

from __future__ import annotations

import string
from dataclasses import dataclass

from selectmodel.errors import UsageError

#: The placeholder that tells repeats of one configuration apart.
SEED = "seed"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Texts and the placeholders between them: ``texts[0] name[0] texts[1] name[1] … texts[-1]``."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    depth: int

    def match(self, run: str) -> dict[str, str] | None:
        """What stands at the placeholders, None where the name is of another form. Linear in the name.

        The pattern is held against as many folders of the name as it has itself. It is read from the right, where a
        placeholder takes as little as it can and never crosses a ``/``.
        """
        rest = "/".join(run.split("/")[: self.depth])
        found: dict[str, str] = {}
        if not rest.endswith(self.texts[-1]):
            return None
        rest = rest[: len(rest) - len(self.texts[-1])]
        for text, name in zip(reversed(self.texts[1:-1]), reversed(self.names[1:]), strict=True):
            rest, there, value = rest.rpartition(text)
            if not there or not value or "/" in value:
                return None
            found[name] = value
        value = rest.removeprefix(self.texts[0])
        if not rest.startswith(self.texts[0]) or not value or "/" in value:
            return None
        found[self.names[0]] = value
        return {name: found[name] for name in self.names}


def parse(pattern: str) -> Pattern:
    """Raises UsageError for a pattern without placeholders, with two side by side, or with one twice."""
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as failure:
        raise UsageError(f"--group-by {pattern}: {failure}; write such as {{config}}/seed-{{seed}}") from None
    names = [name for _, name, _, _ in parts if name is not None]
    texts = [text for text, _, _, _ in parts]
    if len(texts) == len(names):
        texts.append("")
    problem = ""
    if not any(name != SEED for name in names):
        problem = "needs a placeholder besides {seed} that names the configuration"
    elif len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        problem = "each placeholder needs a name of its own, of letters, digits and _"
    elif "" in texts[1:-1]:
        problem = "two placeholders need a text between them"
    elif any(form or kind for _, _, form, kind in parts):
        problem = "placeholders take no format"
    if problem:
        raise UsageError(f"--group-by {pattern}: {problem}; write such as {{config}}/seed-{{seed}}")
    return Pattern(tuple(texts), tuple(names), pattern.count("/") + 1)
