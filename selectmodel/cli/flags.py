"""The flags that several commands share, each declared once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from selectmodel.cli import completing
from selectmodel.errors import UsageError

# That a log may not be read is no misuse: readable=False leaves it to the reader, who can say why.
Log = Annotated[
    Path,
    typer.Argument(metavar="LOG", readable=False, help="A log file, a folder that holds one, or - for standard input."),
]
Logs = Annotated[
    list[Path],
    typer.Argument(
        metavar="LOG [LOG ...]", readable=False, help="Log files or folders, each of one run; - is standard input."
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME[:min|max]",
        help="Metric to judge by, and its direction; or a sum, '0.5*val_f1 + 0.5*val_auc'. [default: by aim]",
        autocompletion=completing.metrics,
    ),
]
Rule = Annotated[
    str | None,
    typer.Option(
        "--rule",
        metavar="NAME",
        help="Rule that recommends; alone it judges val_loss. [default: by aim]",
        autocompletion=completing.rules,
    ),
]
Aim = Annotated[
    str | None,
    typer.Option(
        "--aim",
        metavar="accuracy|loss|both",
        help="What the model must be good at. [default: accuracy if the log has a validation score, else loss]",
        autocompletion=completing.aims,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="RULE.SETTING=VALUE", help="A rule's setting, or checks.NAME=LEVEL; repeatable."),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Policy file. [default: selectmodel.toml, if any]")
]
MinEpoch = Annotated[
    float | None, typer.Option("--min-epoch", metavar="N", help="Epochs before this one do not count.")
]
MinStep = Annotated[int | None, typer.Option("--min-step", metavar="N", help="Steps before this one do not count.")]
OnlySaved = Annotated[
    bool | None, typer.Option("--only-saved", help="Recommend only an epoch that has a checkpoint file.")
]
ValSize = Annotated[int | None, typer.Option("--val-size", metavar="N", help="Number of validation examples.")]
Between = Annotated[
    str | None, typer.Option("--between", metavar="A,B", help="Which of two epochs, as the log numbers them: 38,90.")
]
Checkpoints = Annotated[
    str | None, typer.Option("--checkpoints", metavar="DIR", help="Folder of the checkpoints; off: look for none.")
]
FollowLinks = Annotated[
    bool | None, typer.Option("--follow-links", help="Use checkpoints that are links out of their folder, too.")
]
CheckpointOffset = Annotated[
    int | None,
    typer.Option("--checkpoint-offset", metavar="N", help="Epoch number in file names minus epoch in the log."),
]
CheckpointGlob = Annotated[
    str | None, typer.Option("--checkpoint-glob", metavar="PATTERN", help="Which file names are checkpoints.")
]
RunName = Annotated[
    list[str] | None,
    typer.Option("--run", metavar="NAME", help="One of several runs in a folder; several are read as one."),
]
Segment = Annotated[
    int | None, typer.Option("--segment", metavar="N", help="One of several trainings appended to one log, from 1.")
]
Complete = Annotated[bool, typer.Option("--complete", help="The last line is whole though no newline ends it.")]
Index = Annotated[
    str | None,
    typer.Option("--index", metavar="NAME|row", help="Column that counts epochs or steps; row: count the rows from 0."),
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", metavar="MARK", help='Decimal mark of the numbers, "." or ",".')
]
MaxBytes = Annotated[int | None, typer.Option("--max-bytes", metavar="N", help="Read files up to this size.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="text|json|…",
        help="What to print on standard output.",
        autocompletion=completing.formats,
    ),
]
Output = Annotated[
    list[Path] | None,
    typer.Option("--output", "-o", metavar="FILE", help="Also write FILE, format by its suffix; repeatable."),
]
Record = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Write the decision record, the baseline of the next training."),
]
Force = Annotated[bool, typer.Option("--force", help="Let -o replace a file that exists.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every metric, note and rule.")]

Plot = Annotated[
    bool | None, typer.Option("--plot/--no-plot", help="Draw the curve. [default: in a terminal of 60 × 36 or more]")
]


def two_epochs(text: str | None) -> tuple[float, float] | None:
    """The two epochs of ``--between 38,90``. Raises UsageError for anything else."""
    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--between {text}: write two epochs, such as --between 38,90") from None
    if not (math.isfinite(first) and math.isfinite(second)):
        raise UsageError(f"--between {text}: write two epochs, such as --between 38,90")
    return first, second
