"""Which data a model was validated on: ``selectmodel-data.toml`` beside its log says what no log does.

    id = "digits-2026-11"          # name of the validation set; another set, another name
    val_size = 600                 # its number of examples
    validation = "noisy labels"    # or "shifted", "resampled": how it differs from the data in use
    [metrics]
    val_f1 = "macro, 10 classes"   # how a metric is defined

Every key may be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from selectmodel.errors import LogError
from selectmodel.files import opening
from selectmodel.files.folders import is_file
from selectmodel.policy.policy import Policy
from selectmodel.records import Run, Unlike
from selectmodel.settings import did_you_mean, shown

FILE_NAME = "selectmodel-data.toml"
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the file says; ``path`` is where it is, "" where there is none."""

    id: str | None = None
    val_size: int | None = None
    validation: Unlike | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


def asked_of(run: Run, policy: Policy) -> Policy:
    """The policy with what the file beside the run's log says of its data, where the policy does not say it itself.

    Raises what :func:`beside` does.
    """
    data = beside(run.files)
    size, told = policy.val_size or data.val_size, policy.validation or data.validation
    return replace(policy, val_size=size, validation=told)


def beside(files: Iterable[str]) -> DataSet:
    """The nearest such file: in the folder of the first log file, else in the one above it.

    Raises LogError for one that cannot be read or says what it may not.
    """
    for file in files:
        folder = Path(file).parent
        for place in (folder, folder.parent):
            path = place / FILE_NAME
            if is_file(path):
                return read(path)
    return DataSet()


def read(path: Path) -> DataSet:
    """Reads and checks one file; unknown keys are refused, because a misspelt one would go unnoticed."""
    import tomllib

    content = opening.read_at_most(path, MAX_BYTES, "description of a data set")
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as failure:
        raise LogError(f"{path}: is no TOML file ({str(failure)[:200]})") from None
    return _checked(path, values)


def _checked(path: Path, values: Mapping[str, Any]) -> DataSet:
    allowed = ("id", "val_size", "validation", "metrics")
    for key in values:
        if key not in allowed:
            raise LogError(f"{path}: {key}: no such key; {did_you_mean(key, allowed)}")
    name, size, metrics = values.get("id"), values.get("val_size"), values.get("metrics", {})
    told, words = values.get("validation"), get_args(Unlike)
    if name is not None and (not isinstance(name, str) or not name):
        raise LogError(f"{path}: id: must be a text, not {name!r}")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 1):
        raise LogError(f"{path}: val_size: must be a whole number of at least 1, not {size!r}")
    if told is not None and told not in words:
        raise LogError(f"{path}: validation: {shown(told)} is not allowed; it takes one of {', '.join(words)}")
    if not isinstance(metrics, Mapping) or not all(isinstance(text, str) for text in metrics.values()):
        raise LogError(f'{path}: metrics: must be a table of NAME = "how it is defined"')
    return DataSet(name, size, told, dict(metrics), str(path))
