"""A plug-in's settings are its keyword-only arguments; this module reads them from the signature and checks values."""

from __future__ import annotations

import difflib
import inspect
import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

#: Of a refused value no more characters are shown.
_DIGITS = 100
#: A whole number beyond this has no float of its own.
_MOST = 2**53
#: Longer words are compared with no other: it takes as long as all of their pairs of letters.
_LONGEST = 200
_SHOWN = 100


class Setting(NamedTuple):
    """What a setting means and which values it allows: ``Annotated[float, Setting("penalty per unit", low=0)]``."""

    meaning: str
    low: float | None = None
    high: float | None = None


class Typed(str):
    """A value typed at a command line, where all is text; in a file a number in quotes is a mistake."""

    __slots__ = ()


class Option(NamedTuple):
    """A setting as read from a signature. ``kind`` is bool, int, float, str or tuple (of str)."""

    name: str
    kind: type
    default: Any
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values in words, for messages and pages."""
        if self.choices:
            words = "one of " + ", ".join(self.choices)
        elif self.kind is bool:
            words = "true or false"
        elif self.kind is tuple:
            words = "a list of strings"
        elif self.kind is str:
            words = "a string that is not empty"
        else:
            words = "a whole number" if self.kind is int else "a number"
            if self.low is not None and self.high is not None:
                words += f" from {self.low:g} to {self.high:g}"
            elif self.low is not None:
                words += f" of at least {self.low:g}"
            elif self.high is not None:
                words += f" of at most {self.high:g}"
        return words + (', or "none"' if self.optional else "")

    def accept(self, value: Any) -> Any:
        """``value`` (from TOML, the command line or Python) as this setting's type.

        Raises ValueError with what is allowed. Text from the command line is converted; TOML types must match.
        """
        if self.optional and (value is None or value == "none"):
            return None
        if self.kind is tuple:
            return self._texts(value)
        if isinstance(value, Typed):
            value = self._parsed(value) if self.kind in (bool, int, float) else str(value)
        if self.kind is float and type(value) is int:
            value = as_float(value)
        if type(value) is not self.kind or (self.choices and value not in self.choices):
            raise ValueError(self._refusal(value))
        if isinstance(value, str) and (not value or "\0" in value):  # a template's variable that was never set
            raise ValueError(self._refusal(value))
        if isinstance(value, (int, float)) and not self._within(value):
            raise ValueError(self._refusal(value))
        return value

    def _texts(self, value: Any) -> tuple[str, ...]:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
            raise ValueError(self._refusal(value))
        return tuple(item.strip() for item in items if item.strip())

    def _parsed(self, text: str) -> Any:
        lowered = text.strip().lower()
        if self.kind is bool:
            return {"true": True, "false": False}.get(lowered, text)
        try:
            return self.kind(lowered)
        except ValueError:
            return text

    def _within(self, value: float) -> bool:
        if (isinstance(value, int) and abs(value) > _MOST) or not math.isfinite(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _refusal(self, value: Any) -> str:
        hint = nearest(str(value), self.choices)
        return f"{shown(value)} is not allowed; it takes {self.allowed}" + (f" (did you mean {hint}?)" if hint else "")


def as_float(value: Any) -> float | None:
    """A number as float, infinite (which nothing here takes) where it is too large for one; None for what is none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def shown(value: Any) -> str:
    """A value as a message quotes it: whole where it is short, else its beginning."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return f"a number of more than {_DIGITS} digits"
    return text if len(text) <= _DIGITS else f"{text[:_DIGITS]}…"


def options(function: Callable[..., Any]) -> dict[str, Option]:
    """The settings of a plug-in's function, in the order of its signature."""
    hints = get_type_hints(function, include_extras=True)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            found[name] = _option(name, hints[name], parameter.default)
    return found


def _option(name: str, hint: Any, default: Any) -> Option:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"setting {name} needs Annotated[type, Setting(…)]")
    kind, setting = get_args(hint)[:2]
    members = get_args(kind)
    optional = type(None) in members
    if optional:
        (kind,) = (member for member in members if member is not type(None))
    choices: tuple[str, ...] = ()
    if get_origin(kind) is Literal:
        choices, kind = get_args(kind), str
    if get_origin(kind) is tuple:
        kind = tuple
    return Option(name, kind, default, setting.meaning, setting.low, setting.high, choices, optional)


def accept(
    known: Mapping[str, Option], values: Mapping[str, Any], where: Callable[[str], str], whose: str, problems: list[str]
) -> dict[str, Any]:
    """The values that are allowed, as the settings' types. What is wrong with the others is added to ``problems``.

    ``where(name)`` says where a setting stands, ``whose`` it would be: a rule's name, ``check gap``.
    """
    accepted = {}
    for name, value in values.items():
        try:
            if name not in known:
                raise ValueError(f"{whose} has no such setting; {did_you_mean(str(name), known, 'it has')}")
            accepted[name] = known[name].accept(value)
        except ValueError as refusal:
            problems.append(f"{where(name)}: {refusal}")
    return accepted


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, which it never is itself; names of files may be long, and are left out."""
    others = [other for other in known if other != word and len(other) <= _LONGEST]
    close = difflib.get_close_matches(word[:_LONGEST], others, n=1, cutoff=0.6)
    return close[0] if close else None


def ending_in(word: str, known: Iterable[str]) -> list[str]:
    """The known names whose last part is ``word``: ``eval_bbox/AP`` for ``AP``, which is what a table may call it."""
    tail = f"/{word.casefold()}"
    return [other for other in known if len(other) <= _LONGEST and other.casefold().endswith(tail)] if word else []


#: Letters of other alphabets that look like Latin ones.
_LOOKS = str.maketrans("аеорсухіјѕһАВЕКМНОРСТХοανικρΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", "aeopcyxijshABEKMHOPCTXoavikpABEHIKMNOPTXYZ")


def looks_alike(one: str, other: str) -> bool:
    """Whether two words that differ look the same: letters composed or not, of another alphabet, or of no width."""

    def seen(word: str) -> str:
        shown = unicodedata.normalize("NFKC", word).translate(_LOOKS)
        return "".join(character for character in shown if unicodedata.category(character) not in ("Cc", "Cf"))

    return one != other and seen(one) == seen(other)


def escaped(word: str) -> str:
    """The word as bash and zsh take it, ``$'…'``, with every letter that is not plain ASCII as an escape."""

    def written(character: str) -> str:
        if character.isascii() and character.isprintable():
            return f"\\{character}" if character in "\\'" else character
        number = ord(character)
        return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

    return f"$'{''.join(map(written, word))}'"


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "there are") -> str:
    """The tail of a sentence that says there is no ``word``: the nearest known one, else all of them."""
    names = list(known)
    hint = nearest(word, names)
    if hint:
        if looks_alike(hint, word):
            return f"did you mean {escaped(hint)}, which only looks the same?"
        return f"did you mean {hint}?"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{otherwise} {', '.join(names[:_SHOWN]) or 'none'}{more}"
