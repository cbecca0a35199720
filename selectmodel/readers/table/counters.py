"""Which columns of a table count: epochs, steps, or only its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from selectmodel.errors import UsageError
from selectmodel.readers.table.cells import Cells, parse
from selectmodel.settings import did_you_mean

#: In order of preference; compared without case, blanks, hyphens and capitals inside a word as underscores.
EPOCHS = ("epoch", "epochs", "current_epoch", "epoch_number", "epoch_num", "epoch_no", "epoch_index", "epoch_idx")
STEPS = (
    *("step", "global_step", "steps", "training_iteration", "total_timesteps", "timesteps_total", "num_timesteps"),
    *("timesteps", "timestep", "total_env_steps", "env_steps", "environment_steps", "env_step", "total_steps"),
    *("total_env_interacts", "env_interacts", "total_interactions"),
    *("num_env_steps_sampled", "num_env_steps_trained", "num_env_steps", "steps_total", "num_steps", "n_steps"),
    *("train_step", "train_steps", "training_step", "training_steps", "optimizer_step", "optimizer_steps"),
    *("gradient_steps", "grad_steps", "step_num", "step_idx", "current_step", "cur_step"),
    *("iteration", "iterations", "iter", "iters", "itr", "iter_num", "n_iter", "num_iter", "num_iterations"),
    *("n_iterations", "total_iterations", "current_iteration", "cur_iter", "current_iter"),
    *("num_updates", "num_update", "n_updates", "total_updates", "updates", "update"),
    *("batch", "minibatch", "batch_idx", "batch_num", "round", "boosting_round", "num_boost_round"),
    *("samples_seen", "num_samples_seen", "total_samples", "consumed_samples", "train_samples", "num_samples"),
    *("samples", "examples_seen", "num_examples_seen", "train_examples", "examples", "images_seen", "nimg", "kimg"),
    *("tokens_seen", "num_tokens_seen", "total_tokens", "consumed_tokens", "train_tokens", "num_tokens", "tokens"),
    *("total_frames", "num_frames", "env_frames", "frames", "total_episodes", "num_episodes", "episodes"),
    *("episode", "generation", "generations"),
)
#: Before the name of a counter, where its writer sorts the columns: ``time/total_timesteps``, ``trainer/global_step``.
_COUNTERS_OF = frozenset(("time", "trainer", "train", "training", "progress", "counters", "rollout", "charts"))
#: What is hardly ever anything else than a count; the others count where they never fall.
_SURE = frozenset(("step", "global_step", "steps", "iteration", "iterations", "iter", "batch", "round"))
_AXES = frozenset((*EPOCHS, *STEPS))
_INDEX = ("", "unnamed:_0", "index")
_INDICES = re.compile(r"|unnamed:_[0-9]+(?:\.[0-9]+)*|index|level_0")


@dataclass(frozen=True, slots=True)
class Axis:
    """Positions of the columns that count: ``epoch``, ``step``; ``index`` if ``epoch`` is an unnamed row index.

    ``unnamed`` are row indices beside them, as pandas writes one each time a table is saved; they count nothing.
    """

    epoch: int | None = None
    step: int | None = None
    index: bool = False
    unnamed: tuple[int, ...] = ()

    @property
    def taken(self) -> frozenset[int]:
        """The columns that are no metrics."""
        return frozenset(at for at in (self.epoch, self.step, *self.unnamed) if at is not None)

    @property
    def known(self) -> bool:
        return self.epoch is not None or self.step is not None


def axis(names: Sequence[str], columns: Sequence[Sequence[str]], named: str | None = None) -> Axis:
    """The axis columns of a table; a column without a name counts epochs if its whole numbers are consecutive.

    They may start over, where a table was appended to the file. ``named`` is the column that the user says counts.
    """
    folded = [_folded(name) for name in names]
    epoch = next((folded.index(word) for word in EPOCHS if word in folded), None)
    if named is not None:
        at = _position(names, named)
        return Axis(epoch=at) if folded[at] in EPOCHS else Axis(epoch, at)
    sure = epoch is not None and bool(columns) and _rises(columns[epoch])
    step = next((at for word in STEPS if word in _SURE or not sure for at in _counters(folded, columns, word)), None)
    if epoch is None and step is None and counts_rows(names[0], columns[0] if columns else ()):
        return Axis(epoch=0, index=True)
    return Axis(epoch, step, unnamed=_indices(folded, columns, (epoch, step)))


def _indices(folded: Sequence[str], columns: Sequence[Sequence[str]], counted: Sequence[int | None]) -> tuple[int, ...]:
    """The columns at the front that only number the rows; each is without a name or has that of a pandas index."""
    found = []
    for at, name in enumerate(folded):
        if at in counted:
            continue
        if not _INDICES.fullmatch(name) or at >= len(columns) or not _numbers_rows(columns[at]):
            break
        found.append(at)
    return tuple(found)


def _numbers_rows(cells: Sequence[str]) -> bool:
    """Whether whole numbers ascend, as those of the rows that were kept, or start over where a table was appended."""
    column = parse(cells)
    numbers = column.numbers
    if len(column.bad) or len(numbers) < len(cells) or (numbers != np.floor(numbers)).any():
        return False
    return bool(((numbers[1:] > numbers[:-1]) | (numbers[1:] == numbers[:1])).all())


def _position(names: Sequence[str], named: str) -> int:
    """The column that ``--index`` names. Raises UsageError if there is none, or if several may be meant."""
    alike = [at for at, name in enumerate(names) if name == named] or [
        at for at, name in enumerate(names) if _folded(name) == _folded(named)
    ]
    if len(alike) == 1:
        return alike[0]
    known = [name for name in names if name]
    raise UsageError(f"--index {named}: the table has no such column; {did_you_mean(named, known)}")


def _counters(folded: Sequence[str], columns: Sequence[Sequence[str]], word: str) -> list[int]:
    """The columns that are called ``word`` and count; what falls back in a table without epochs is no count.

    Steps may start over in each epoch, so that with epochs the name alone decides.
    """
    return [at for at, name in enumerate(folded) if name == word and (word in _SURE or not _falls(columns, at))]


def _falls(columns: Sequence[Sequence[str]], at: int) -> bool:
    """Whether the numbers of a column go up and down."""
    if not columns:
        return False
    found = parse(columns[at]).numbers
    return bool((found[1:] < found[:-1]).any())


def _rises(cells: Sequence[str]) -> bool:
    """Whether each number of a column is higher than the one before, so that it needs no other to tell rows apart."""
    found = parse(cells).numbers
    return bool((found[1:] > found[:-1]).all())


def others(names: Sequence[str], columns: Sequence[Sequence[str]], found: Axis) -> list[int]:
    """The columns beside the axis that count too, as ``iterations`` beside ``total_timesteps``: no metrics."""
    if not found.known:
        return []
    folded = [_folded(name) for name in names]
    others = [at for at in range(len(names)) if at not in (found.epoch, found.step)]
    return [
        at
        for at in others
        if (folded[at] in _AXES and not _falls(columns, at)) or (at == 0 and counts_rows(names[0], columns[0]))
    ]


def may_count(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """The columns of whole numbers that only rise: what ``--index`` may name where no name is known."""
    rising = []
    for name, cells in zip(names, columns, strict=True):
        values = parse(cells).values
        if name and len(values) > 1 and bool((values[1:] > values[:-1]).all() and (values == np.floor(values)).all()):
            rising.append(name)
    return rising


def counts_rows(name: str, cells: Sequence[str]) -> bool:
    """Whether a first column is the index that pandas writes: without a name of its own, its numbers consecutive."""
    return may_count_rows(name) and _consecutive(cells)


def may_count_rows(name: str) -> bool:
    """Whether a first column of this name may be an index that counts epochs."""
    return _INDICES.fullmatch(_folded(name)) is not None


def parsed(names: Sequence[str], columns: Sequence[Sequence[str]]) -> tuple[Sequence[str], ...]:
    """The columns, those that may count as numbers already: several questions are asked of them."""
    return tuple(
        _parsed(cells) if _folded(name) in _AXES else cells for name, cells in zip(names, columns, strict=True)
    )


def _parsed(cells: Sequence[str]) -> Sequence[str]:
    found = parse(cells)
    odd = isinstance(cells, Cells) or len(found.bad) or len(found.unwrapped)
    return cells if odd else Cells(found, lambda row: cells[row])


def may_be_a_counter(name: str) -> bool:
    """Whether a column of this name may be no metric, but count epochs, steps or rows."""
    folded = _folded(name)
    return folded in _AXES or folded in _INDEX


def _folded(name: str) -> str:
    group, slash, last = name.rpartition("/")
    if slash and group.lower() in _COUNTERS_OF and not group.isspace():
        name = last
    folded = re.sub(r"[\s-]+|(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return folded.strip("_.:#") or folded  # W&B's _step, "Epoch #", "Iter."


def _consecutive(cells: Sequence[str]) -> bool:
    if isinstance(cells, Cells):  # load.py has seen to it that they are whole numbers, and look so
        numbers = cells.numbers.values
        return len(numbers) > 0 and bool(((numbers[1:] == numbers[:-1] + 1) | (numbers[1:] == numbers[0])).all())
    counts = [int(cell) for cell in cells if re.fullmatch("[0-9]{1,9}", cell)]
    if not len(counts) == len(cells) > 0:
        return False
    return all(later in (earlier + 1, counts[0]) for earlier, later in pairwise(counts))
