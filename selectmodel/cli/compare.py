"""``selectmodel compare``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from selectmodel.cli import again, flags, output, waiting
from selectmodel.cli.case import Case, judging
from selectmodel.errors import ChoiceError, UsageError
from selectmodel.files.folders import exists

Logs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[LOG]...", help="Logs, or folders that hold one each; the first is the reference."),
]
Group = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="NAME=PLACE",
        help="Seeds of one configuration: a folder, a quoted pattern or a file; repeat a NAME to add to it.",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--run",
        metavar="NAME",
        help="Which run of a LOG that holds several: one name for all, or one each; of a single LOG, those to compare.",
    ),
]
Sizes = Annotated[
    list[int] | None,
    typer.Option("--val-size", metavar="N [N]...", min=1, help="Validation examples: one number, or one a side."),
]
Predictions = Annotated[
    tuple[Path, Path] | None,
    typer.Option(
        "--predictions",
        metavar="A B",
        help="Predictions of both sides on the same examples (CSV, Parquet).",
        readable=False,
    ),
]
History = Annotated[
    Path | None,
    typer.Option(
        "--history", metavar="FILE", help="Add the decisions to this file; compare with those in it.", readable=False
    ),
]


Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--label", metavar="NAME", help="What a side is called in the history, one a side. [default: its log]"
    ),
]


@judging(without=("log", "val_size", "run"))
def compare(
    case: Case,
    verbose: bool,
    logs: Logs = None,
    group: Group = None,
    run: Names = None,
    val_size: Sizes = None,
    predictions: Predictions = None,
    history: History = None,
    label: Labels = None,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Compare retrained models, each at its own pick: what changed, and is it more than noise?"""
    places, sizes = _sizes(logs or [], val_size or [])
    named, single = _groups(group or [], places)
    if not named and not single and history is None:
        raise UsageError("compare: name the logs to compare, or --group, or a --history that holds some")
    if named and single:
        raise UsageError(f"{single[0]}: belongs to no group; with --group every run is named by one")
    if run and named:
        raise UsageError("--run: is for logs without --group; a group is narrowed by a pattern, NAME='runs/seed*'")
    inputs = [*case.inputs, *(Path(log) for log in single), *(predictions or ())]
    output.check(format, out or [], inputs=inputs, others=[history], force=force)
    from selectmodel.commands.compare import sides

    with waiting.shown():
        try:
            runs = (
                {name: sides.runs_of(found, case.how) for name, found in named.items()}
                if named
                else sides.singles(single, case.how, run or [])
            )
        except ChoiceError as choice:
            raise _with_a_command(choice, single) from None
        found = sides.compare(runs, case.policy, sizes=sizes, predictions=predictions, kept=history, labels=label or ())
    files = [file for side in runs.values() for _, run in side for file in run.files]
    output.deliver(found, format, out or [], inputs=files, verbose=verbose)


def _with_a_command(choice: ChoiceError, single: list[str]) -> ChoiceError:
    """What may be named in the only folder given, and below it the command that compares the first two."""
    message, flags = choice.given
    two = [flag for flag in flags if flag.startswith("--run ")][:2]
    if len(single) > 1 or len(two) < 2:
        return choice
    names = [word for flag in two for word in shlex.split(flag)]
    return ChoiceError(message, [*flags, f"two of them: {again.with_more(*names)}"])


def _sizes(places: list[str], sizes: list[int]) -> tuple[list[str], list[int]]:
    """``--val-size 600 800``: the numbers after the first are arguments to the parser, and no files of that name."""
    if not sizes:
        return places, sizes
    numbers = [place for place in places if place.isascii() and place.isdigit() and not exists(Path(place))]
    return [place for place in places if place not in numbers], [*sizes, *map(int, numbers)]


def _groups(given: list[str], places: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The places of each group, and the places of none.

    A shell that expands ``old=runs/{1,2}.csv`` leaves the further ones as arguments ``old=runs/2.csv``.
    """
    groups: dict[str, list[str]] = {}
    for text in given:
        name, equals, place = text.partition("=")
        if not equals or not name or not place:
            raise UsageError(f"--group {text}: write NAME=PLACE, such as --group 'old=runs/old/*'")
        groups.setdefault(name, []).append(place)
    rest = []
    for text in places:
        name, equals, place = text.partition("=")
        if equals and place and name in groups and not exists(Path(text)):
            groups[name].append(place)
        else:
            rest.append(text)
    return groups, rest
