"""What a run was configured with: hparams.yaml, args.yaml, config.json beside its log, Hydra's config.yaml above it.

Two runs of one configuration must tell the same settings, and two of different ones must not: nothing is passed over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from selectmodel.errors import LogError
from selectmodel.files.candidates import SETTINGS_SUFFIXES
from selectmodel.files.opening import read_at_most
from selectmodel.metrics.vocabulary import word_set

Value = str | float | int | bool | None

#: Asked in this order; the first that is there is read.
FILES = (
    "hparams.yaml", "args.yaml", "hparams.json", "params.json", "args.json", "config.json", "config.yaml",
    "hparams.yml", "config.yml",
)  # fmt: skip
#: Where Hydra writes what a job was configured with, in the job's own folder.
HYDRA = ".hydra"
HYDRA_FILES = ("config.yaml", "overrides.yaml")
MAX_BYTES = 256 * 1024
MAX_KEYS = 500
LONGEST = 200
_DEEPEST = 16
#: The setting that stands for all those of a file that are too many or too deep.
REST = "the rest"

#: Last parts of names that tell repeats of one configuration apart: seeds, and where and when a run was.
_OF_THE_RUN = word_set(
    "seed random_seed random_state manual_seed rng_seed seeds run run_name run_id trial_id experiment_id save_dir "
    "output_dir log_dir logdir logging_dir run_dir work_dir workdir exp_name timestamp start_time hostname host device "
    "devices gpu gpus pid user"
)
#: These do so only for the whole, or for what keeps the log: ``model.name`` and ``data.path`` are what was trained.
_OF_THE_RUN_ALONE = word_set("name id version dir path date time")
_KEEPERS = word_set("run experiment exp trial job logger logging wandb mlflow output hydra")


def of_the_run(name: str) -> bool:
    """Whether a setting tells repeats of a configuration apart rather than configurations: its seed, its folder."""
    *above, last = name.lower().replace("-", "_").split(".")
    if last in _OF_THE_RUN_ALONE:
        return not above or not _KEEPERS.isdisjoint(above)
    return last in _OF_THE_RUN or last.endswith("_seed")


def named_like(log: str, names: Collection[str]) -> str | None:
    """Which of the ``names`` in a log's folder is that of the log with another suffix."""
    stem = log.rpartition(".")[0] or log
    named = (stem + suffix for suffix in sorted(SETTINGS_SUFFIXES))
    return next((name for name in named if name in names and name != log), None)


def usual(names: Collection[str], wanted: Sequence[str] = FILES) -> str | None:
    """Which of the ``names`` in a folder usually holds settings. Of several runs in it nobody knows whose it is."""
    return next((name for name in wanted if name in names), None)


def read(path: Path) -> dict[str, Value]:
    """Setting → value, nested names joined with dots. Empty for a file that cannot be read or understood."""
    try:
        content = read_at_most(path, MAX_BYTES, "file of settings")
    except LogError:
        return {}
    return parse(content.decode("utf-8", errors="replace"), json_text=path.suffix.lower() == ".json")


def parse(text: str, *, json_text: bool = False) -> dict[str, Value]:
    """The settings that a text holds, without what W&B notes of itself, of the machine and of when the run began.

    None is left out: what is too deep or too much to compare is one more setting, told by its fingerprint.
    """
    found: dict[str, Value] = {}
    for document in _json(text) if json_text else _yaml(text):
        content = _overrides(document) if isinstance(document, list) else document
        if isinstance(content, dict):
            told = {key: value for key, value in content.items() if key != "_wandb"}
            if not _flatten(told, "", 0, found):
                found[REST] = fingerprint(text)
    return found


def _overrides(listed: Sequence[Any]) -> dict[str, Any] | None:
    """What Hydra was told on the command line, ``optimizer.lr=0.01`` and ``+seed=1``; None for another list."""
    pairs = [str(item).lstrip("+").partition("=") for item in listed]
    if not all(
        isinstance(item, str) and name and equals for item, (name, equals, _) in zip(listed, pairs, strict=True)
    ):
        return None
    return {name: next(iter(_yaml(value)), "") for name, _, value in pairs}


def _json(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def _yaml(text: str) -> list[Any]:
    from selectmodel.files import plain_yaml

    try:
        return list(plain_yaml.documents(text))
    except ValueError:
        return []


def _flatten(content: Mapping[str, Any], above: str, depth: int, found: dict[str, Value]) -> bool:
    """Adds the settings of a mapping and of all in it; False as soon as one cannot be added."""
    for key, value in content.items():
        name = f"{above}{key}"
        if len(found) >= MAX_KEYS or depth > _DEEPEST or len(name) > LONGEST:
            return False
        inner = _inner(value)
        if inner:
            if not _flatten(inner, f"{name}.", depth + 1, found):
                return False
        elif isinstance(value, list):
            keep(found, name, ", ".join(map(str, value)))
        else:
            keep(found, name, None if isinstance(value, dict) else value)
    return True


def _inner(value: Any) -> Mapping[Any, Any] | None:
    """What is nested in a value: ``layers.0.units``. A list of scalars is one setting."""
    if isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else None


def keep(found: dict[str, Value], name: str, value: Value) -> None:
    """Adds a setting. W&B writes ``lr: {value: 0.1}``. A number too large for a float stands as text, and a long text
    as its beginning with the fingerprint of the whole.
    """
    name = name.removesuffix(".value")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        value = str(value) if value.bit_length() < 4096 else hex(value)
    if isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    if isinstance(value, str) and len(value) > LONGEST:
        value = f"{value[:40]}… {fingerprint(value)}"
    found[name] = value


def fingerprint(text: str) -> str:
    """``#`` and twelve hexadecimal digits, for what is compared but not shown."""
    import hashlib  # loads OpenSSL

    return f"#{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def of_texts(texts: Mapping[str, object]) -> dict[str, Value]:
    """The settings of a tracker that keeps every value as a text: what spells a number or a truth value is one."""
    return parse(json.dumps({name: _typed(value) for name, value in texts.items()}, default=str), json_text=True)


def _typed(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        known = json.loads({"True": "true", "False": "false", "None": "null"}.get(value, value))
    except (ValueError, RecursionError):
        return value
    return known if known is None or isinstance(known, (bool, int, float)) else value
