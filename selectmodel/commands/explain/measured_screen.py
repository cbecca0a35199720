"""How well a rule did, on the screen of its page."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from selectmodel.commands.explain.measured import Figures, Measured, OtherSettings, Range
from selectmodel.display import tables
from selectmodel.display.style import Style


def measured(known: Measured, style: Style) -> Iterator[RenderableType]:
    """What was lost to the best epoch, beside the lowest val_loss, by size of the validation set, and when it fails."""
    corpus = known.corpus
    yield Text("Measured", style="bold")
    yield Text(
        f"What is lost to the best epoch, by default settings, mean of {corpus.runs:,} training runs on "
        f"{corpus.datasets} data sets ({corpus.name}). In brackets 95 % intervals."
    )
    yield ""
    table = tables.empty(style)
    for name in ("monitored", "test accuracy, % points", "test loss, %"):
        table.add_column(name, no_wrap=True, justify="left" if name == "monitored" else "right")
    for entry in known.figures:
        table.add_row(_monitored(entry), _range(entry.points, 2), _range(entry.percent, 1))
        table.add_row("  against lowest val_loss", _change(entry.points_gained, 2), _change(entry.percent_gained, 1))
    yield table
    yield ""
    if known.others:
        others = tables.empty(style)
        for name in ("with other settings", "monitored", "test accuracy, % points", "test loss, %"):
            others.add_column(name, no_wrap=name != "with other settings")
        for one in known.others:
            others.add_row(one.settings, _monitored(one), _range(one.points, 2), _range(one.percent, 1))
        yield others
        yield ""
    yield from _on_unseen(known, style)
    sizes = tables.empty(style)
    sizes.add_column("validation examples", no_wrap=True)
    for size in corpus.sizes:
        sizes.add_column(size, justify="right", no_wrap=True)
    for entry in known.figures:
        lost = ["–" if points is None else f"{points:.2f}" for points in entry.points_by_size]
        sizes.add_row("% points lost" if entry.metric == "any" else f"% points lost, {entry.metric}", *lost)
        gained = [_change(by_size, 2).partition(" ")[0] for by_size in entry.gained_by_size]
        sizes.add_row("  against lowest val_loss", *gained)
    yield sizes
    yield ""
    for entry in known.figures:
        if entry.bad_share is not None:
            yield Text(_fails(entry, entry.bad_share))


def _on_unseen(known: Measured, style: Style) -> Iterator[RenderableType]:
    """What was lost where no rule was tuned, each setting in a row, each corpus in a column."""
    if not known.unseen:
        return
    told = [
        f"{one.corpus}: {one.runs_with_accuracy:,} runs, {one.datasets} data sets, {one.page}" for one in known.unseen
    ]
    yield Text(
        "On runs that no rule was tuned on, and that anybody can train: test accuracy lost in % points, and test loss "
        f"in %. {'; '.join(told)}."
    )
    yield ""
    table = tables.empty(style)
    table.add_column("settings")
    table.add_column("monitored", no_wrap=True)
    for one in known.unseen:
        table.add_column(one.corpus, justify="right", no_wrap=True)
    by_setting: dict[tuple[str, str], list[str]] = {}
    for place, one in enumerate(known.unseen):
        for entry in one.lost:
            row = by_setting.setdefault((entry.settings, _monitored(entry)), ["–"] * len(known.unseen))
            row[place] = f"{_mean(entry.points, 2)}, {_mean(entry.percent, 1)} %"
    for (settings, monitored), cells in by_setting.items():
        table.add_row(settings or "default", monitored, *cells)
    yield table
    yield ""


def _mean(values: Range | None, places: int) -> str:
    return "–" if values is None else f"{values[0]:.{places}f}"


def _monitored(entry: Figures | OtherSettings) -> str:
    return "either metric" if entry.metric == "any" else entry.metric


def _range(values: Range | None, places: int) -> str:
    if values is None:
        return "–"
    mean, low, high = values
    return f"{mean:.{places}f} [{low:.{places}f}, {high:.{places}f}]"


def _change(gained: Range | None, places: int) -> str:
    """More or less lost than by the lowest val_loss: minus is better."""
    if gained is None:
        return "–"
    mean, low, high = (0.0 - value for value in gained)
    return f"{mean:+.{places}f} [{high:+.{places}f}, {low:+.{places}f}]"


def _fails(entry: Figures, share: float) -> str:
    of = "It" if entry.metric == "any" else f"Monitoring {entry.metric}, it"
    if entry.points_gained == (0, 0, 0) and share == 0:
        return f"{of} is the lowest val_loss."
    text = f"{of} loses over 2 percentage points more than the lowest val_loss in {100 * share:.0f} % of runs"
    if entry.worse_where:
        return f"{text}; surely worse in the mean of: {', '.join(entry.worse_where)}."
    return f"{text}; in no kind of run is it surely worse in the mean."
