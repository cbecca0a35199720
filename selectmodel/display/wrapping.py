"""Lines that wrap where a reader expects it: between the items of a list, and set in below the first line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text

from selectmodel.display.console import wrapped

_SET_IN = 2


def listed(items: Sequence[str], width: int) -> Text:
    """The items with " · " between them, in lines of at most ``width`` columns that end where an item ends."""
    lines = [""]
    for item in items:
        longer = f"{lines[-1]} · {item}" if lines[-1] else item
        if lines[-1] and cell_len(longer) > width:
            lines.append(item)
        else:
            lines[-1] = longer
    return Text("\n".join(lines))


class Hanging(NamedTuple):
    """Texts below each other in a cell; where one needs several lines, those after the first are set in."""

    texts: tuple[Text, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for text in self.texts:
            first = text.wrap(console, options.max_width)[0]
            yield first
            rest = text[len(first.plain.rstrip()) :]
            rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
            if rest.plain:
                for line in rest.wrap(console, options.max_width - _SET_IN):
                    yield Text(" " * _SET_IN).append_text(line)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = max((text.cell_len for text in self.texts), default=0)
        return Measurement(min(24, widest), widest).with_maximum(options.max_width)


#: Columns of the longest label and the blank after it; on a screen narrower than this the text is set in below it.
_LABEL, _ROOM = 11, 60


class Labelled(NamedTuple):
    """A line with a label in front, ``why  lowest val_loss``: lines after the first are set in as far as the text.

    Of several texts, which have " · " between them, a line ends where one of them ends. ``style`` is the text's,
    ``mark`` the label's.
    """

    label: str
    texts: tuple[str, ...]
    style: str = ""
    mark: str = "bold"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        beside = options.max_width >= _ROOM
        indent = _LABEL if beside else _SET_IN
        head = Text.assemble((f"{self.label:{_LABEL - 1}} " if beside else f"{self.label}: ", self.mark))
        room = options.max_width - indent
        whole = listed(self.texts, room - (0 if beside else len(head) - indent))
        whole.stylize(self.style)
        first = wrapped(whole, console, options.max_width - len(head))[0]
        yield head.append_text(first)
        rest = whole[len(first.plain.rstrip()) :]
        rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
        if rest.plain:
            for line in wrapped(rest, console, room):
                yield Text(" " * indent).append_text(line)
