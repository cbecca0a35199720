"""What a run was configured with, as the file beside its log tells: Lightning's hparams.yaml, args.yaml, config.json.

YAML is read by a subset of its own, line by line: plain keys and scalars, nested by indentation. A tag, an anchor or a
block of text is passed over, so nothing in such a file is ever built or executed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from selectmodel.errors import LogError
from selectmodel.files.candidates import SETTINGS_SUFFIXES
from selectmodel.files.opening import opened
from selectmodel.metrics.vocabulary import word_set

Value = str | float | int | bool | None

#: Asked in this order; the first that is there is read.
FILES = (
    "hparams.yaml", "args.yaml", "hparams.json", "params.json", "args.json", "config.json", "config.yaml",
    "hparams.yml", "config.yml",
)  # fmt: skip
MAX_BYTES = 256 * 1024
MAX_KEYS = 500
LONGEST = 200
_DEEPEST = 16

#: Last parts of names that tell repeats of one configuration apart: seeds, and where and when a run was.
_OF_THE_RUN = word_set(
    "seed random_seed random_state manual_seed rng_seed seeds name run run_name run_id id trial_id experiment_id "
    "version save_dir output_dir log_dir logdir logging_dir run_dir work_dir workdir dir path exp_name timestamp date "
    "time start_time hostname host device devices gpu gpus pid user"
)


def of_the_run(name: str) -> bool:
    """Whether a setting tells repeats of a configuration apart rather than configurations: its seed, its folder."""
    last = name.lower().replace("-", "_").rpartition(".")[2]
    return last in _OF_THE_RUN or last.endswith("_seed")


def file_for(log: str, names: Collection[str], *, alone: bool) -> str | None:
    """Which of the ``names`` in a log's folder configures it: one named like the log, else a usual one.

    A usual one counts only where the log is ``alone``: of several runs in a folder nobody knows whose it is.
    """
    stem = log.rpartition(".")[0] or log
    for suffix in sorted(SETTINGS_SUFFIXES):
        if stem + suffix in names and stem + suffix != log:
            return stem + suffix
    return next((name for name in FILES if name in names and name != log), None) if alone else None


def read(path: Path) -> dict[str, Value]:
    """Setting → value, nested names joined with dots. Empty for a file that cannot be read or understood."""
    try:
        with opened(path) as file:
            content = file.read(MAX_BYTES + 1)
    except (LogError, OSError):
        return {}
    if len(content) > MAX_BYTES:
        return {}
    return parse(content.decode("utf-8", errors="replace"), json_text=path.suffix.lower() == ".json")


def parse(text: str, *, json_text: bool = False) -> dict[str, Value]:
    """The settings that a text holds, without what W&B notes of itself, of the machine and of when the run began."""
    found = _json(text) if json_text else _yaml(text)
    return {name: value for name, value in found.items() if not name.startswith("_wandb.")}


def _json(text: str) -> dict[str, Value]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, Value] = {}
    if isinstance(content, dict):
        _flatten(content, "", 0, found)
    return found


def _flatten(content: Mapping[str, Any], above: str, depth: int, found: dict[str, Value]) -> None:
    for key, value in content.items():
        name = f"{above}{key}"
        if len(found) >= MAX_KEYS or depth > _DEEPEST or len(name) > LONGEST:
            return
        if isinstance(value, dict):
            _flatten(value, f"{name}.", depth + 1, found)
        elif isinstance(value, list):
            if all(isinstance(item, (str, int, float)) for item in value):
                keep(found, name, ", ".join(map(str, value)))
        else:
            keep(found, name, value)


def keep(found: dict[str, Value], name: str, value: Value) -> None:
    """Adds a setting. W&B writes ``lr: {value: 0.1}``. A number too large for a float, and long texts, are no settings
    to compare.
    """
    name = name.removesuffix(".value")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        value = str(value)[:LONGEST] if value.bit_length() < 4096 else None
    if isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    if not (isinstance(value, str) and len(value) > LONGEST):
        found[name] = value


def _yaml(text: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    above: list[tuple[int, str]] = []  # (indentation, name with a dot) of the mappings that are open
    skipped: int | None = None  # lines set in deeper than this belong to something passed over
    items: str | None = None  # the key whose list of scalars is being read
    for line in text.splitlines():
        bare = line.strip(" ")
        if not bare or bare[0] in "#%" or bare in ("---", "..."):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if skipped is not None and indent > skipped:
            continue
        skipped = None
        if bare.startswith("- ") and items is not None:
            value, plain = _scalar(bare[2:].strip())
            if plain and ":" not in bare:
                found[items] = f"{found[items]}, {value}" if found.get(items) is not None else str(value)
            continue
        items = None
        while above and indent <= above[-1][0]:
            above.pop()
        key, colon, rest = bare.partition(":")
        if not colon or (rest and rest[0] not in " \t") or len(above) > _DEEPEST or key[:1] in "!&*?-[{":
            skipped = indent
            continue
        name = (above[-1][1] if above else "") + key.strip().strip("'\"")
        value, plain = _scalar(rest.strip())
        if not plain:
            skipped = indent
        elif rest.strip() and not rest.strip().startswith("#"):
            keep(found, name, value)
        else:
            above.append((indent, f"{name}."))
            items = name if name not in found else None
        if len(found) >= MAX_KEYS:
            break
    return {name: value for name, value in found.items() if len(name) <= LONGEST}


_WORDS: Mapping[str, Value] = {
    "true": True, "false": False, "null": None, "~": None, "": None, "yes": True, "no": False,
}  # fmt: skip


def _scalar(text: str) -> tuple[Value, bool]:
    """The value of a plain or quoted scalar, and whether it is one: no tag, anchor, alias or block."""
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        return (text[1:end], True) if end > 0 else (None, False)
    text = text.partition(" #")[0].rstrip()
    if text[:1] in ("!", "&", "*", "|", ">", "{", "@", "`"):
        return None, text == "{}"
    if text.startswith("["):
        return text.strip("[]"), text.endswith("]")
    if text.lower() in _WORDS:
        return _WORDS[text.lower()], True
    return _number(text), True


def _number(text: str) -> Value:
    if len(text) > 40 or "_" in text:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
