"""Text as numbers, strictly: what ``float()`` takes by courtesy (``1_000``, full-width digits) is not a number here.

A cell is a number, missing, or neither; missing is not NaN, and neither is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, overload

import numpy as np

from selectmodel.records import Bools, Floats, Ints, frozen

#: What loggers write for "no value": pandas and Lightning nothing, Keras NA, fastai None and #na#, flair _, the model
#: cards of Hugging Face "No log".
MISSING = frozenset({"", "no log", "na", "n/a", "#n/a", "#na#", "<na>", "none", "null", "-", "--", "_"})
_SPECIAL = {
    **dict.fromkeys(("nan", "-nan", "+nan", "1.#qnan", "-1.#ind", "1.#ind"), np.nan),
    **dict.fromkeys(("inf", "+inf", "infinity", "+infinity", "1.#inf"), np.inf),
    **dict.fromkeys(("-inf", "-infinity", "-1.#inf"), -np.inf),
}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")
_WRAPPED = re.compile(
    r"(?:tensor|array|(?:np|numpy)\.(?:float(?:16|32|64)|array)|tf\.Tensor|jnp\.array|Array)"
    r"\(([^(),]{1,64})(?:,.{0,99})?\)|<tf\.Tensor: .{0,99}\bnumpy=([^,>]{1,64})>"
)
#: One number in brackets or quotes, as a list of one is written.
_BRACKETED = re.compile(r"""\[(.{1,99}?),?\]|\((.{1,99}?),?\)|'(.{1,99})'|"(.{1,99})\"""")
#: A best one is marked, or has its spread beside it.
_MARKED = re.compile(
    r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?:\*{1,3}|\(best\)|(?:\u00b1|\+/-|\+-)\s*[0-9.]+(?:[eE][+-]?[0-9]+)?)"
)
_PERCENT = re.compile(r"(.{1,64}?)\s*[%\uff05]")
_CLOCK = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])?(?:[0-9]{1,3}:){1,2}[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9:]{2,6})?"
)
#: Within these characters ``float()`` and the strict grammar agree.
_PLAIN = frozenset("0123456789+-.eE")

_NONE = frozen([], np.int64)


class Column(NamedTuple):
    """The (n,) cells of one column: which are ``present``, that is hold a number, and these ``numbers`` in order.

    ``bad`` are rows whose cell is neither a number nor missing, ``unwrapped`` rows that held ``tensor(0.5)``, ``[0.5]``
    or ``50 %``.
    """

    numbers: Floats
    present: Bools
    bad: Ints = _NONE
    unwrapped: Ints = _NONE

    @property
    def values(self) -> Floats:
        """(n,) the numbers, NaN where there is none."""
        if len(self.numbers) == len(self.present):
            return self.numbers
        values = np.full(len(self.present), np.nan)
        values[self.present] = self.numbers
        return values

    def at(self, rows: Ints) -> Floats:
        """(m,) the numbers in ``rows`` (m,), in which there are such."""
        return self.numbers if len(rows) == len(self.numbers) and _ascend(rows) else self.values.take(rows)


def _ascend(rows: Ints) -> bool:
    return bool((rows[1:] > rows[:-1]).all())


def number(text: str) -> float | None:
    """``text`` as a float if it is one by the strict grammar, NaN and infinities included; else None."""
    if _NUMBER.fullmatch(text):
        return float(text)
    return _SPECIAL.get(text.lower())


def is_missing(text: str) -> bool:
    """Whether ``text`` is one of the spellings of "no value"."""
    return text.lower() in MISSING


def words(cells: Sequence[str]) -> set[str]:
    """The different cells that are neither a number nor missing."""
    filled = [cell for cell in cells if cell]
    if _plain(filled) is not None:
        return set()
    return {cell for cell in filled if not is_missing(cell) and number(cell) is None}


def has_decimal_comma(text: str) -> bool:
    """Whether ``text`` would be a number if its comma were the decimal mark."""
    return _COMMA.fullmatch(_unwrapped(text)[0] if text[-1:] in "%])" else text) is not None


def is_clock(text: str) -> bool:
    """Whether ``text`` is a duration or a time of day such as fastai's ``00:12``; not a metric, and no loss."""
    return _CLOCK.fullmatch(text) is not None


class Cells(Sequence[str]):
    """The cells of a column that was read as numbers; ``text`` looks one up where it must be shown."""

    __slots__ = ("numbers", "text")

    def __init__(self, numbers: Column, text: Callable[[int], str]) -> None:
        self.numbers = numbers
        self.text = text

    def __len__(self) -> int:
        return len(self.numbers.present)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        if isinstance(at, slice):
            return tuple(self.text(row) for row in range(*at.indices(len(self))))
        return self.text(int(at))


def some(cells: Sequence[str], rows: Ints) -> Sequence[str]:
    """The cells in ``rows`` (m,), ascending."""
    if not isinstance(cells, Cells):
        return tuple(cells[row] for row in rows.tolist())
    whole, text = cells.numbers, cells.text
    present = whole.present[rows]
    return Cells(Column(whole.values[rows[present]], present), lambda row: text(int(rows[row])))


def parse(cells: Sequence[str], decimal: str = ".") -> Column:
    """The column's cells, each without surrounding blanks, as numbers."""
    if isinstance(cells, Cells):
        return cells.numbers
    rows = [row for row, cell in enumerate(cells) if cell]
    texts = [cells[row] for row in rows]
    if decimal == ".":
        plain = _plain(texts)
        if plain is not None:
            return _column(len(cells), rows, plain, [], [])
    numbers: list[float] = []
    found: list[int] = []
    bad: list[int] = []
    unwrapped: list[int] = []
    percents: list[bool] = []
    for row, text in zip(rows, texts, strict=True):
        value, is_percent = number(_pointed(text, decimal)), False
        if value is None and not is_missing(text):
            inside, is_percent = _unwrapped(text)
            value = number(_pointed(inside, decimal))
            if value is None:
                bad.append(row)
                continue
            unwrapped.append(row)
        if value is not None:
            found.append(row)
            numbers.append(value)
            percents.append(is_percent)
    return _of_one_unit(_column(len(cells), found, numbers, bad, unwrapped), np.array(percents, np.bool_))


def _unwrapped(text: str) -> tuple[str, bool]:
    """What stands inside the wrappings of a cell such as tensor([0.85]), and whether a percent sign was among them."""
    percent = False
    for _ in range(4):
        if wrapped := _PERCENT.fullmatch(text):
            if percent:
                break
            percent = True
        elif not (wrapped := _WRAPPED.fullmatch(text) or _BRACKETED.fullmatch(text) or _MARKED.fullmatch(text)):
            break
        text = next(inside for inside in wrapped.groups() if inside is not None).strip()
    return text, percent


def _of_one_unit(column: Column, percents: Bools) -> Column:
    """The column without the fewer of numbers with and without a percent sign; percents that look like shares are.

    0.9 % would be taken for a share of nine tenths, so that a column in which no percent is above 1 becomes shares.
    """
    if not percents.any():
        return column
    finite = np.isfinite(column.numbers)
    signed = percents | ~finite
    if not signed.all():
        wrong = percents if 2 * percents.sum() <= finite.sum() else ~signed
        rows = np.flatnonzero(column.present)
        present = column.present.copy()
        present[rows[wrong]] = False
        bad = np.union1d(column.bad, rows[wrong])
        unwrapped = np.setdiff1d(column.unwrapped, rows[wrong])
        column, percents = Column(column.numbers[~wrong], present, bad, unwrapped), percents[~wrong]
    if percents.any() and np.abs(column.numbers[np.isfinite(column.numbers)]).max(initial=0) <= 1:
        # Rounded, so that 0.53 % is 0.0053 to the last bit: how many decimals a log has tells of its validation set.
        return column._replace(numbers=np.round(column.numbers / 100, 14))
    return column


def _plain(texts: list[str]) -> list[float] | None:
    """The fast road: all cells hold nothing but the characters of plain numbers, or None."""
    if not set("".join(texts)) <= _PLAIN:
        return None
    try:
        return list(map(float, texts))
    except ValueError:
        return None


def _pointed(text: str, decimal: str) -> str:
    # With a decimal comma, 1.5 may mean fifteen hundred or one and a half: not a number.
    if decimal == "," and text.lower() not in _SPECIAL:
        return text.replace(".", "?").replace(",", ".")
    return text


def _column(n: int, rows: list[int], numbers: list[float], bad: list[int], unwrapped: list[int]) -> Column:
    present = np.zeros(n, dtype=np.bool_)
    present[rows] = True
    return Column(np.array(numbers, float), present, np.array(bad, np.int64), np.array(unwrapped, np.int64))
