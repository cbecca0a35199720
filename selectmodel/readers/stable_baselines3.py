"""Stable-Baselines3: ``evaluations.npz`` of an EvalCallback, the logger's ``progress.csv``, and ``monitor.csv``.

Written by: ``EvalCallback(eval_env, log_path=folder, best_model_save_path=folder)``, as RL Zoo does;
``configure(folder, ["csv", "json"])``; ``Monitor(env, folder)``.
Of a folder the first of these is read: evaluations.npz, progress.csv, progress.json, and the monitors' files together.
Axis: the time step, as in ``rl_model_10000_steps.zip``. A monitor's row is an episode: its steps are added up.
Metrics: ``eval/mean_reward`` is the mean of the episodes of an evaluation. These are in evaluations.npz one by one, so
that the standard error of each mean is known, and the choice rests on it.
Split: ``eval/`` is validation, ``rollout/`` and a monitor's episodes are training.
Watch out: ``best_model.zip`` is of the first highest mean: one lucky evaluation decides.
Source: stable_baselines3/common/callbacks.py, logger.py, monitor.py, version 2.9; no pickle is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.folders import by_folder
from selectmodel.files.opening import MAX_TEXT_BYTES, Source, read_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.records import Hint, Note, Run, Series

FORMAT = "stable_baselines3"
FILES = ("evaluations.npz", "*.npz", "progress.csv", "progress.json", "*monitor.csv")
SAME_NAMES = ("evaluations.npz", "progress.csv", "progress.json", "monitor.csv")
OWNS_FOLDER = True
FRAMEWORK = "stable_baselines3"
_AXIS = "time/total_timesteps"
_REWARD = "eval/mean_reward"
_ERROR = "standard error"
#: Arrays that an evaluation may hold: their metric.
_ARRAYS = {"results": _REWARD, "ep_lengths": "eval/mean_ep_length", "successes": "eval/success_rate"}
_ORDER = ("evaluations.npz", "progress.csv", "progress.json")
EXAMPLES = (
    (
        b"rollout/ep_rew_mean,time/total_timesteps,eval/mean_reward\n20.5,512,\n,1024,30.5\n25.5,2048,40.5\n",
        (512, 1024, 2048),
    ),
    (
        b'{"time/total_timesteps": 512, "eval/mean_reward": 9.5}\n'
        b'{"time/total_timesteps": 1024, "eval/mean_reward": 9.0}\n',
        (512, 1024),
    ),
    (b'#{"t_start": 1795968504.5, "env_id": "CartPole-v1"}\nr,l,t\n11.0,11,2.5\n20.5,20,3.5\n', (11, 31)),
)


def sniff(path: Path, head: bytes) -> float:
    """0.95 for evaluations of episodes, a logger's table or lines by time steps, or a monitor's episodes, else 0."""
    if head[:4] == b"PK\x03\x04":
        return 0.95 if head[30:43] == b"timesteps.npy" and b"results.npy" in head else 0.0
    if head.startswith(b'#{"t_start"'):
        return 0.95
    line = head.partition(b"\n")[0]
    if head.startswith(b"{"):
        return 0.95 if b'"time/total_timesteps"' in line else 0.0
    return 0.95 if _AXIS.encode() in line.rstrip().split(b",") else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The trainings among these files: those of one folder are one, of which the file that tells most is read."""
    runs: list[tuple[Path, tuple[Path, ...]]] = []
    for members in by_folder(files).values():
        named = {path.name: path for path in members}
        first = next((named[name] for name in _ORDER if name in named), None)
        monitors = tuple(path for path in members if path.name.endswith("monitor.csv"))
        others = tuple(path for path in members if path not in monitors and path.name not in _ORDER)
        if first is not None:
            runs.append((first, (first,)))
        elif monitors:
            runs.append((monitors[0], monitors))
        runs += [(path, (path,)) for path in others]
    return runs


def read(source: Source) -> Run:
    """The run of one file, or of the monitors of several environments. Raises LogError where it holds no such log."""
    from selectmodel.readers.objects import as_run, json_text

    path = source.paths[0]
    data = read_bytes(source, path)
    if data.startswith(b"PK"):
        return _evaluated(source, path, data)
    if data.startswith(b"#"):
        episodes = as_run.run(_episodes(source), source, FORMAT, place="episode")
        return replace(episodes, hints=_hints(episodes.series, training=True))
    found = (
        json_text.lines(data, str(path), path.name, source.options)
        if data.startswith(b"{")
        else _cells(source, path, data)
    )
    lines = [{"step" if name == _AXIS else name: value for name, value in one.items()} for one in found.objects]
    run = as_run.run(found._replace(objects=lines), source, FORMAT)
    return replace(run, hints={**run.hints, **_hints(run.series)})


def _cells(source: Source, path: Path, data: bytes) -> Objects:
    """The rows of the logger's table, without the cells that are empty: an evaluation has a row of its own."""
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table import careful

    table = careful.parse(data, str(path), path.name, source.options)
    rows = [
        {name: cell for name, cell in zip(table.names, cells, strict=True) if cell}
        for cells in zip(*table.columns, strict=True)
    ]
    return Objects(table.lines.tolist(), rows, table.notes)


def _hints(names: Mapping[str, Any], *, training: bool = False) -> dict[str, Hint]:
    from selectmodel.records import Hint

    evaluation = Hint("val", why="eval/ is what the EvalCallback measured")
    rollout = Hint("train", why="it is of the episodes of training")
    found = {name: evaluation for name in names if name.startswith("eval/")}
    return found | {name: rollout for name in names if training or name.startswith(("rollout/", "train/"))}


def _evaluated(source: Source, path: Path, data: bytes) -> Run:
    """The run of ``evaluations.npz``: the means of the episodes, and the standard error of the mean reward."""
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.objects.json_text import Objects

    arrays = _arrays(source, path, data)
    steps = arrays.pop("timesteps", None)
    if steps is None or "results" not in arrays:
        raise LogError(f"{path}: lacks timesteps or results; EvalCallback writes both")
    if steps.ndim != 1 or any(one.ndim != 2 or len(one) != len(steps) for one in arrays.values()):
        raise LogError(f"{path}: timesteps and results are not of the same number of evaluations")
    if not len(steps):
        raise LogError(f"{path}: holds no evaluation yet")
    rows: list[dict[str, Any]] = [{"step": step} for step in steps.tolist()]
    for name, array in arrays.items():
        for row, value in zip(rows, _means(array), strict=True):
            row[_ARRAYS[name]] = value
    for row, error in zip(rows, _standard_errors(arrays["results"]), strict=True):
        row[_ERROR] = error
    run = as_run.run(Objects(list(range(1, len(rows) + 1)), rows), source, FORMAT, place="evaluation")
    series = _with_errors(run.series)
    run = replace(run, series=series, hints=_hints(series))
    best = path.with_name("best_model.zip")
    return _with_best(run, best) if source.data is None and best.is_file() else run


def _with_errors(found: Mapping[str, Series]) -> dict[str, Series]:
    """The series, with the column of standard errors put to the mean rewards."""
    from selectmodel.records import Series

    series = dict(found)
    errors, reward = series.pop(_ERROR, None), series.get(_REWARD)
    if errors is not None and reward is not None and errors.steps.shape == reward.steps.shape:
        series[_REWARD] = Series.of(reward.name, reward.steps, reward.epochs, reward.values, errors.values)
    return series


def _with_best(run: Run, best: Path) -> Run:
    """The run with the step of ``best_model.zip``, the first highest mean, and a note of it."""
    import numpy as np

    from selectmodel.records import Checkpoint, Note

    reward = run.series.get(_REWARD)
    if reward is None:
        return run
    seen = np.where(np.isnan(reward.values), -np.inf, reward.values)  # EvalCallback takes NaN for no improvement
    step = int(reward.steps[int(seen.argmax())])
    message = f"{best.name} is of step {step}, if EvalCallback wrote it beside this log: the first highest mean"
    kept = Checkpoint(str(best), step=step, role="best")
    return replace(run, checkpoints=(kept,), notes=(*run.notes, Note("SM198", message, str(best))))


def _arrays(source: Source, path: Path, data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an archive that are known, by name."""
    from selectmodel.files import archives, arrays

    limit = source.options.max_bytes or MAX_TEXT_BYTES
    found = {}
    with archives.opened(path, data) as archive:
        for name in ("timesteps", *_ARRAYS):
            content = archives.member(archive, f"{name}.npy", path, limit=limit)
            if content is not None:
                found[name] = arrays.parse(content, f"{path}: {name}.npy")
    return found


def _means(array: NDArray[Any]) -> list[float]:
    import numpy as np

    with np.errstate(all="ignore"):
        means: list[float] = (array.astype(np.float64).sum(axis=1) / max(array.shape[1], 1)).tolist()
    return means


def _standard_errors(array: NDArray[Any]) -> list[float | None]:
    """That of each row's mean, by the standard deviation of its episodes; None where a row has a single one."""
    import numpy as np

    n = array.shape[1]
    if n < 2:
        return [None] * len(array)
    with np.errstate(all="ignore"):
        values = array.astype(np.float64)
        deviations = values - values.mean(axis=1, keepdims=True)
        errors: list[float | None] = np.sqrt((deviations**2).sum(axis=1) / ((n - 1) * n)).tolist()
    return errors


def _episodes(source: Source) -> Objects:
    """The episodes of all monitors in the order of their ends, with the time steps of training until then."""
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table import careful
    from selectmodel.readers.table.cells import parse

    found: list[tuple[float, float, float]] = []
    notes: tuple[Note, ...] = ()
    for path in source.paths:
        first, _, rest = read_bytes(source, path).partition(b"\n")
        table = careful.parse(b"\n" + rest, str(path), path.name, source.options)
        if not {"r", "l", "t"} <= set(table.names):
            raise LogError(f"{path}: lacks a column r, l or t; a Monitor writes all three")
        reward, length, ended = (parse(table.columns[table.names.index(name)], ".") for name in "rlt")
        whole = reward.present & length.present & ended.present
        start = _started(first)
        found += zip(
            (start + ended.values[whole]).tolist(), reward.values[whole].tolist(), length.values[whole].tolist(),
            strict=True,
        )  # fmt: skip
        notes += table.notes
    rows, steps = [], 0
    for _, reward_of_one, length_of_one in sorted(found, key=lambda one: one[0]) if len(source.paths) > 1 else found:
        steps += int(length_of_one) if 0 <= length_of_one < 1e12 else 0
        rows.append({"step": steps, "episode reward": reward_of_one})
    return Objects(list(range(1, len(rows) + 1)), rows, notes)


def _started(first: bytes) -> float:
    try:
        start = json.loads(first[1:]).get("t_start")
    except (ValueError, RecursionError, AttributeError):
        return 0.0
    return float(start) if isinstance(start, (int, float)) else 0.0
