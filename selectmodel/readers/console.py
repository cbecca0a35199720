"""What a training printed to its console: progress of Keras, dictionaries, lines such as "epoch 3 … val_loss=0.41".

Written by: Keras (verbose 1 and 2), the Hugging Face Trainer, nanoGPT, Megatron, nnU-Net, torchtune, SpeechBrain, verl,
fairseq, ESPnet, XGBoost and LightGBM, and loops of one's own, with the output kept in a file.
Axis: the epoch, step, iteration or boosting round that a line names; a line without one is of the last that was named.
Metrics: names before a colon, an equals sign or a number; a section such as "Validation:" or "[valid]" tells the split.
Printed more than once for an epoch: the last value counts, and it is said.
Left out: progress within an epoch, words about files and best values, colours and what was written over.
Watch out: printed numbers are rounded, so ties may be artefacts; what was understood is said in a note.
Source: the output of the programs named.
"""

from __future__ import annotations

import re
from pathlib import Path

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes
from selectmodel.records import Level, Note, Run

FORMAT = "console"
FILES = ("*.log", "*.txt", "*.out", "*.err")
LESS_EXACT = True
EXAMPLES = (
    (
        b"Epoch 1/2\n8/8 - 0s - 5ms/step - loss: 0.5 - val_loss: 1.5\nEpoch 2/2\n8/8 - 0s - 5ms/step - loss: 0.25 - "
        b"val_loss: 1.25\n",
        (1, 2),
    ),
    (b"step 0: train loss 4.5, val loss 4.25\nstep 250: train loss 2.5, val loss 2.75\n", (0, 250)),
)
#: Python prints a dictionary's names in single quotes.
_JSON = re.compile(rb"""\s*(?:\{(?!\s*')|\[["{\[])""")
_HINT = re.compile(rb"epoch|step|iter|^\[[0-9]", re.IGNORECASE | re.MULTILINE)
#: Below the first line one of numbers and delimiters alone: a table, as nothing is printed.
_TABLE = re.compile(rb"[^\n]*[,;\t][^\n]*\n[ \t]*[0-9][-+.0-9eENAna \t]*[,;\t][-+.0-9eENAnaif,; \t]*\r{0,2}\n")
_FEWEST = 2


def sniff(path: Path, head: bytes) -> float:
    """0.45 for text in which two or more epochs or steps have a metric, 0.2 for one such, else 0."""
    if path.suffix.lower() in (".yaml", ".yml"):  # settings, whose "epoch: 3" and "iou: 0.2" are no course
        return 0.0
    json = _JSON.match(head) is not None
    if json or not _HINT.search(head) or _TABLE.match(head) or b"\x00" in head[:1024]:
        return 0.0
    from selectmodel.readers.console_text import printed

    text = head.decode("utf-8", errors="replace").replace("\r", "\n")
    found = printed.rows(text.split("\n")).rows.objects
    return 0.45 if len(found) >= _FEWEST else 0.2 if found else 0.0


def read(source: Source) -> Run:
    """The run that the text tells. Raises LogError where no line names an epoch or step beside a metric."""
    from selectmodel.metrics.words import take_apart
    from selectmodel.readers.console_text import printed
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.table import careful
    from selectmodel.readers.table.decoding import decode

    path = source.paths[0]
    # What was written over stands beside what it was written over with; decode() takes no such characters.
    text, notes = decode(read_bytes(source, path).replace(b"\b", b""), str(path), path.name)
    lines = text.split("\n")
    if lines[-1] and not source.options.complete:
        notes += (careful.cut_short(len(lines), path.name),)
        lines = lines[:-1]
    found, again, odd = printed.rows(lines)
    if not found.objects:
        raise LogError(f"{path}: no line names an epoch or a step beside a metric")
    axis = "epoch" if any("epoch" in one for one in found.objects) else "step"
    names = list(dict.fromkeys(name for one in found.objects for name in one if name not in ("epoch", "step")))
    message = f"read from what was printed: {axis} and {', '.join(names[:8])}" + (", …" if len(names) > 8 else "")
    notes += (Note("SM196", message, path.name),)
    if odd:
        message = f"{careful.spans(odd, 'line')}: two values of one metric in a line; left out"
        notes += (Note("SM102", message, f"{path.name}:{odd[0]}", "warn", degrades=True),)
    judged = [name for name in again if take_apart(name).split == "val"]
    if again:
        listed = ", ".join(f"{name} (up to {again[name]} times)" for name in (judged or list(again))[:4])
        message = f"printed more than once for one {axis}; the last value was used: {listed}"
        level: Level = "warn" if judged else "note"
        notes += (Note("SM197", message, path.name, level, degrades=bool(judged)),)
    return as_run.run(found._replace(notes=notes), source, FORMAT)
