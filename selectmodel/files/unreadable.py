"""What people have of a training that is no log, told by its name, and how to make a log of it.

Nothing is opened here: a pickle runs code when it is loaded, a store of a tracker needs that tracker.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from selectmodel.files.folders import SKIPPED, absolute, natural

MAX_DEPTH = 4
MAX_FILES = 20_000
_SHOWN = 3


class Known(NamedTuple):
    """A kind of thing, by the name of a file or, with a slash at its end, of a folder; ``{name}`` stands for it."""

    name: re.Pattern[str]
    what: str
    how: str


def _known(name: str, what: str, how: str) -> Known:
    return Known(re.compile(name, re.IGNORECASE), what, how)


#: Names that may stand in a command that people paste; any other is told as FILE.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,200}")
#: What tells most of a training first.
KINDS: tuple[Known, ...] = (
    _known(
        r".*\.(?:pkl|pickle|p)", "a pickle, which is never loaded because loading one runs code",
        "if you trust it: python -c \"import json, pickle; json.dump(pickle.load(open('{name}', 'rb')), "
        "open('history.json', 'w'), default=float)\"",
    ),
    _known(
        r"\.aim/", "Aim's store, which only Aim reads",
        "export the metrics of a run with Aim's Python package as CSV, a row a step",
    ),
    _known(
        r"\.neptune/", "what Neptune had not sent yet; its service has closed",
        "what neptune-exporter saved can be written as CSV, a row a step",
    ),
    _known(
        r"(?:all|eval|train|predict|test)_results\.json", "what the Hugging Face Trainer measured at its end",
        "the course is in trainer_state.json, of checkpoint-N/ or of trainer.save_state()",
    ),
    _known(
        r"vdlrecords\..*\.log", "VisualDL's records, which only VisualDL reads",
        "download the curves as CSV from its page",
    ),
    _known(
        r".*\.np[yz]", "numpy arrays, without the names of metrics",
        "python -c \"import numpy; numpy.savetxt('history.csv', numpy.load('{name}'), delimiter=',', "
        "header='epoch,val_loss', comments='')\" with the names that are right",
    ),
    _known(
        r".*\.parquet|.*\.feather", "a table in a binary form",
        "python -c \"import pandas; pandas.read_parquet('{name}').to_csv('history.csv')\"",
    ),
    _known(r".*\.(?:xlsx?|ods|numbers)", "a spreadsheet", "save its table as CSV"),
    _known(
        r".*\.mat", "a MATLAB file", "in MATLAB: writetable(struct2table(info), 'history.csv')",
    ),
    _known(
        r".*\.ipynb", "a notebook, whose curves are pictures or prints",
        "in it: pandas.DataFrame(history.history).to_csv('history.csv'), and the like",
    ),
    _known(
        r".*\.(?:h5|hdf5|keras|ckpt|pth|pt|safetensors|onnx|pb|tflite|gguf|msgpack|joblib)",
        "weights, whose names tell no metric and which are never opened",
        "the log of the training is what is needed; next time leave one (see README, Formats)",
    ),
    _known(r".*\.(?:png|jpe?g|svg|pdf)", "a picture", "the numbers that it was drawn from are needed, as CSV"),
)  # fmt: skip


def of_name(name: str) -> str:
    """What a file of this name is, and what to do: "" where the name tells nothing."""
    found = next((kind for kind in KINDS if kind.name.fullmatch(name)), None)
    return f"{found.what}: {_how(found, name)}" if found else ""


#: What a tracker writes beside the metrics of a run, by the path of the file; ``{home}`` is the folder to name instead.
_BESIDE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?P<home>.*/[0-9a-f]{32})/(?:params|tags|inputs|outputs)/.+"),
        "what an MLflow run says of itself, its settings or data, no metric; to read the run: {home}",
    ),
    (
        re.compile(r"(?P<home>.*/[0-9a-f]{32})/artifacts/(?:.+/)?"
                   r"(?:MLmodel|conda\.yaml|python_env\.yaml|requirements\.txt|registered_model_meta)"),
        "of a model that an MLflow run kept beside its metrics; to read the run: {home}",
    ),
    (
        re.compile(r"(?P<home>.*/mlruns)/(?:models/.+|[^/]+/models/m-[0-9a-f]+)/meta\.yaml"),
        "YAML that describes a model of MLflow's, no run; to read the runs: {home}",
    ),
    (
        re.compile(r"(?P<home>.*/mlruns/[^/]+)/meta\.yaml"),
        "YAML that describes an experiment of MLflow, no run; to read its runs: {home}",
    ),
    (
        re.compile(r"(?P<home>.*/(?:(?:offline-)?run-[^/]+|latest-run))/(?:files/)?config\.ya?ml"),
        "YAML with the settings of a W&B run, no history; that is in run-ID.wandb of {home}",
    ),
    (
        re.compile(r"(?P<home>.*/(?:(?:offline-)?run-[^/]+|latest-run))/files/(?:wandb-metadata\.json|"
                   r"requirements\.txt|conda-environment\.ya?ml)"),
        "what W&B keeps of a run's settings and machine, no history; that is in run-ID.wandb of {home}",
    ),
)  # fmt: skip


def of_place(path: Path) -> str:
    """What a file is beside the log of a run, by where it lies, and what to name instead: "" for any other."""
    whole = absolute(path).as_posix()
    for pattern, what in _BESIDE:
        if found := pattern.fullmatch(whole):
            up = whole.count("/", found.end("home"))
            return what.replace("{home}", str(path.parents[up - 1]) if up <= len(path.parents) else found["home"])
    return ""


def of_settings(path: Path) -> str:
    """What a file of settings is, by the end of its name: "" for any other."""
    yaml = path.suffix.lower() in (".yaml", ".yml")
    return "YAML, which holds settings and no course of a training; name its log, or the run's folder" if yaml else ""


def of_json(text: bytes) -> str:
    """What to say of a JSON document whose numbers stand each alone: "" of any other, and of one that is not whole."""
    import json

    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        return ""
    alone = False
    while values:
        value = values.pop()
        if isinstance(value, list) and value:
            return ""
        if isinstance(value, dict):
            values += value.values()
        alone = alone or isinstance(value, float)
    return "; it holds values of one moment, and no course over epochs" if alone else ""


def of_folder(root: Path) -> str:
    """What lies in a folder that holds no log, the three kinds that tell most: "" where nothing known does."""
    met: dict[int, list[str]] = {}
    budget = MAX_FILES
    for folder, folders, files in os.walk(root):
        depth = len(Path(folder).parts) - len(root.parts)
        names = [f"{name}/" for name in folders] + files
        for name in sorted(names, key=natural):
            kind = next((at for at, one in enumerate(KINDS) if one.name.fullmatch(name)), None)
            if kind is not None:
                inner = Path(folder).relative_to(root) / name
                met.setdefault(kind, []).append(f"{inner.as_posix()}/" if name.endswith("/") else inner.as_posix())
        budget -= len(names)
        kept = [name for name in folders if name not in SKIPPED and not name.startswith(".")]
        folders[:] = sorted(kept, key=natural) if depth < MAX_DEPTH and budget > 0 else []
    parts = [_told(KINDS[kind], met[kind]) for kind in sorted(met)[:_SHOWN]]
    return "; ".join(parts)


def _told(kind: Known, names: list[str]) -> str:
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return f"{names[0]}{more} is {kind.what}: {_how(kind, names[0])}"


def _how(kind: Known, name: str) -> str:
    return kind.how.replace("{name}", name if _PLAIN.fullmatch(name) else "FILE")
