"""Ultralytics ``results.csv`` (YOLOv8 and later, RT-DETR), that of YOLOv5 and YOLOv9, and ``results.txt`` of YOLOv7.

Written by: ``YOLO(…).train(…)``; the ``train.py`` of YOLOv5, YOLOv9 and, as a text without a header, of YOLOv3, YOLOv7
and of YOLOv5 before 6.0. A copy under another name is known by its header.
Epochs: as logged: from 1 since 8.0.200 or earlier, from 0 in older releases and all the others; ``weights/epoch3.pt``
counts from 0 in every release.
Best: ``weights/best.pt`` is the last of the epochs with the highest fitness, which is no column: rule ultralytics makes
it of the columns. ``last.pt`` is the last epoch.
Missing: with ``val=False`` 0 stands for every metrics/… and val/…; such an epoch was not evaluated.
Resumed: epochs go on in the same file, the column ``time`` starts again; an epoch repeated after a NaN counts as
written last.
Settings: ``args.yaml``; ``opt.yaml`` and ``hyp.yaml`` of YOLOv5.
Source: trainers of ultralytics 8.0.0 to 8.4.190, yolov5 7.0 and before, yolov7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.files.opening import Source
from selectmodel.records import Hint

if TYPE_CHECKING:
    from selectmodel.errors import SelectModelError
    from selectmodel.files.hparams import Value
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.records import Run

FORMAT = "ultralytics"
FILES = ("*.csv", "*.tsv", "*.txt", "*.log")
SAME_NAMES = ("results.csv", "results.txt")
FRAMEWORK = "ultralytics"
FIRST_FILE = 0
WHOLE_ROWS = True
EXAMPLES = (
    (
        b"epoch,time,train/box_loss,metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,lr/pg0\n"
        b"1,0.5,1.5,0.25,0.125,1.25,0.01\n2,1.5,1.25,0.5,0.25,1.5,0.01\n",
        (1, 2),
    ),
    (
        b"       epoch,train/box_loss,metrics/mAP_0.5,metrics/mAP_0.5:0.95,val/box_loss,       x/lr0\n"
        b"           0,         1.5,        0.25,         0.125,         1.25,        0.01\n"
        b"           1,        1.25,         0.5,          0.25,          1.5,        0.01\n",
        (0, 1),
    ),
    (
        b"       0/3     4.05G    0.0893    0.0561     0.012    0.1575        46       640      0.17     0.022    0.953"
        b"    0.0042    0.0794    0.0628     0.011\n"
        b"       3/3     4.05G    0.0793    0.0461     0.011    0.1375        46       640      0.37     0.122    0.963"
        b"    0.0142    0.0694    0.0528     0.010\n",
        (0, 3),
    ),
)
#: Also as others save it again: with a mark of UTF-8, an index before it, quotes, or another delimiter.
_HEADER = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:(?:"?(?:index|Unnamed: 0)?"?)[,;\t])?\s*"?epoch\s*"?([,;\t])[^\n]*'
    rb"\bmetrics/(?:mAP|accuracy_top1|mIoU|delta1|precision)"
)
_FAMILIES = ("train/", "metrics/", "val/", "test/", "lr/", "x/lr")
_TEXT = re.compile(rb"\s*[0-9]+/[0-9]+[ \t]+[0-9.]+[GM](?:[ \t]+[-+.0-9e]+|[ \t]+[-+]?(?:nan|inf)){13,15}[ \t]*\r?\n")
#: Of the text: what stands after the epoch and the memory, by how many numbers that is.
_BEFORE = {
    13: ("train/box_loss", "train/obj_loss", "train/cls_loss", "train/loss"),
    15: ("train/box_loss", "train/obj_loss", "train/cls_loss", "train/kpt_loss", "train/kptv_loss", "train/loss"),
}
_AFTER = ("metrics/precision", "metrics/recall", "metrics/mAP_0.5", "metrics/mAP_0.5:0.95")
_LOSSES = ("val/box_loss", "val/obj_loss", "val/cls_loss")
_F1 = "metrics/F1"
_FEWEST = 3


def sniff(path: Path, head: bytes) -> float:
    """0.97 for the header, or the text without one, that these trainers write, else 0."""
    if _TEXT.match(head):
        return 0.97
    header = _HEADER.match(head)
    if not header:
        return 0.0
    first = head[: head.find(b"\n")].decode("utf-8", errors="replace")
    names = [name.strip().strip('"').strip() for name in first.split(header[1].decode())]
    known = sum(name.startswith(_FAMILIES) or name == "time" for name in names[1:])
    return 0.97 if known >= len(names) / 2 else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises as epoch_rows.read does, and LogError where no line of a text is whole."""
    from selectmodel.files.opening import head
    from selectmodel.readers.table import epoch_rows

    path = source.paths[0]
    first = source.data if source.data is not None else source.contents.get(path)
    if len(source.paths) == 1 and _TEXT.match(head(path) if first is None else first):
        return _of_text(source)
    run = epoch_rows.read(source, FORMAT)
    # YOLOv5's classifier evaluates its folder test, or val, at every epoch, and keeps the best by it.
    why = "this trainer evaluates it at every epoch and chooses by it"
    hints = {name: Hint("val", why=why) for name in run.series if name.startswith("test/")}
    return replace(run, hints={**run.hints, **hints}) if hints else run


def read_many(sources: Sequence[Source]) -> list[Run | SelectModelError]:
    """What ``read`` gives for each source, or its error; a sweep of small logs is parsed at once."""
    from selectmodel.readers.table import many

    return many.read(sources, FORMAT, read)


def hparams(source: Source) -> dict[str, Value]:
    """What the training was told, from the files that the trainer leaves beside its log; those of YOLOv5 are two."""
    from selectmodel.files import hparams as settings

    folder = source.paths[0].parent
    for names in (("args.yaml",), ("opt.yaml", "hyp.yaml")):
        found: dict[str, Value] = {}
        for name in names:
            found |= settings.read(folder / name) if (folder / name).is_file() else {}
        if found:
            return found
    return {}


def _of_text(source: Source) -> Run:
    from selectmodel.errors import LogError
    from selectmodel.files.opening import read_bytes
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.table.careful import unless_whole
    from selectmodel.readers.table.decoding import decode

    path = source.paths[0]
    text, notes = decode(read_bytes(source, path), str(path), path.name)
    found, cut = _rows(text, path.name, ended=not text.rpartition("\n")[2].strip() or source.options.complete)
    if not found.objects:
        raise LogError(f"{path}: no epochs logged yet{unless_whole(cut) if cut else ''}")
    return as_run.run(found._replace(notes=(*notes, *found.notes)), source, FORMAT)


def _rows(text: str, label: str, *, ended: bool) -> tuple[Objects, int]:
    """The lines as objects, and which one may be cut, 0 if none: another count of numbers than the first is damage."""
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table.careful import cut_short, spans
    from selectmodel.readers.table.cells import number
    from selectmodel.records import Note

    numbered = [(at, line.split()) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    cut = numbered.pop()[0] if numbered and not ended else 0
    width = len(numbered[0][1]) - 2 if numbered else 0
    lines: list[int] = []
    rows: list[list[float | None]] = []
    damaged: list[int] = []
    for at, (place, *cells) in numbered:
        epoch, slash, last = place.partition("/")
        values = [number(cell) for cell in cells[1:]]
        if len(values) != width or None in values or not (epoch.isdecimal() and slash and last.isdecimal()):
            damaged.append(at)
        else:
            lines.append(at)
            rows.append([float(epoch), *values])
    before = _BEFORE.get(width, ())
    after = (*_AFTER[:3], _F1) if _holds_f1([row[len(before) + 3 :] for row in rows]) else _AFTER
    names = ("epoch", *before, "labels", "image_size", *after, *_LOSSES)
    kept = [at for at, name in enumerate(names) if name not in ("labels", "image_size")]
    objects = [{names[at]: row[at] for at in kept} for row in rows] if before else []
    notes: tuple[Note, ...] = ()
    if damaged:
        message = f"{spans(damaged, 'line')}: not a row of as many numbers as the first; refused"
        notes += (Note("SM102", message, f"{label}:{damaged[0]}", "warn", degrades=True),)
    if cut:
        notes += (cut_short(cut, label),)
    return Objects(lines if before else [], objects, notes), cut


def _holds_f1(results: Sequence[Sequence[float | None]]) -> bool:
    """Whether the fourth of the results is YOLOv3's F1 rather than the stricter mAP: it exceeds the mAP at 0.5, which
    that never does, or it is what precision and recall make.
    """
    known = [(p, r, loose, last) for p, r, loose, last, *_ in results if None not in (p, r, loose, last)]
    rows = [(p, r, loose, last) for p, r, loose, last in known if p and r and loose and last]
    made = [abs(last - 2 * p * r / (p + r)) <= 0.02 * last for p, r, _, last in rows]
    return any(last > loose for _, _, loose, last in rows) or (len(made) >= _FEWEST and all(made))
