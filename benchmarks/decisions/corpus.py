"""Reads a corpus of training runs with test metrics, and turns each run into a log as a user would have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from selectmodel.records import Floats, Ints, Run, Series

#: Column of the corpus → name in the log, as Keras would write it. A log holds nothing else: no sizes, no test.
LOGGED = {
    "train_loss": "loss", "train_acc": "accuracy", "val_loss": "val_loss", "val_acc": "val_accuracy",
    "val_f1": "val_f1", "val_auc": "val_auc",
}  # fmt: skip
#: Further truths of a corpus that has them: columns (a mean is taken of several) by their name.
OTHER_TRUTHS = {
    "test f1": ("test_f1_a", "test_f1_b"),
    "test auc": ("test_auc_a", "test_auc_b"),
    "shifted accuracy": ("shift_acc",),
    "shifted loss": ("shift_loss",),
    "shifted f1": ("shift_f1",),
    "shifted auc": ("shift_auc",),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One run: what it logged, the truth that no rule sees, and what it is like.

    ``logged`` holds (epochs,) values by name; ``test_accuracy`` is None for a regression; ``clean`` tells that
    validation examples are like test examples; ``strata`` are the groups that the run is in. ``halves`` are the test
    accuracies on either half of the test set; half b twice where half a stands in for the validation set. ``others``
    are (epochs,) truths of other metrics and data; ``at`` is where each validation was, where an epoch has several.
    """

    name: str
    epochs: Ints
    logged: Mapping[str, Floats]
    dataset: str
    val_size: int
    test_size: int
    test_accuracy: Floats | None
    test_loss: Floats
    clean: bool
    strata: frozenset[str]
    halves: tuple[Floats, Floats]
    others: Mapping[str, Floats]
    at: Floats | None

    def thinned(self, every: int) -> Case:
        """The same training, of which only each so many-th epoch was validated."""
        kept = slice(every - 1, None, every)
        return replace(
            self,
            epochs=self.epochs[kept],
            logged={name: values[kept] for name, values in self.logged.items()},
            test_accuracy=None if self.test_accuracy is None else self.test_accuracy[kept],
            test_loss=self.test_loss[kept],
            halves=(self.halves[0][kept], self.halves[1][kept]),
            others={name: values[kept] for name, values in self.others.items()},
            at=None if self.at is None else self.at[kept],
        )

    @property
    def log(self) -> Run:
        """The log as a user would have it."""
        epochs = self.epochs.astype(np.float64) if self.at is None else self.at
        series = {name: Series.of(name, self.epochs, epochs, values) for name, values in self.logged.items()}
        name, axis = f"run {self.name}", "epoch" if self.at is None else "row"
        return Run(name=self.name, source=name, format="corpus", series=series, x_axis=axis)


def read(folder: Path, *, larger: bool = False) -> Iterator[Case]:
    """The runs of a corpus in order.

    ``larger``: half a of the test set stands in for the validation set and the truth is half b, which shows what rules
    do with validation sets of up to half the test set. Runs with fewer than two epochs to choose from are left out.
    """
    table = _table(folder, "corpus").sort_values(["run", "epoch"])
    about = _table(folder, "meta").set_index("run")
    for number, epochs in table.groupby("run", sort=True):
        meta = about.loc[number]
        case = _case(str(number), epochs, meta, larger)
        if case is not None:
            yield case


def _table(folder: Path, stem: str) -> pd.DataFrame:
    for file in sorted(folder.glob(f"{stem}*.parquet")):
        return pd.read_parquet(file)
    for file in sorted(folder.glob(f"{stem}*.csv*")):
        return pd.read_csv(file)
    raise SystemExit(f"{folder}: holds no {stem}*.parquet and no {stem}*.csv; README.md says what is needed")


def _case(name: str, epochs: pd.DataFrame, meta: pd.Series, larger: bool) -> Case | None:
    def column(wanted: str) -> Floats:
        there = wanted in epochs
        return epochs[wanted].to_numpy(np.float64) if there else np.full(len(epochs), np.nan)

    logged = {given: column(given) for given in LOGGED}
    accuracy = (column("test_acc_a") + column("test_acc_b")) / 2
    loss = (column("test_loss_a") + column("test_loss_b")) / 2
    val_size, test_size = int(meta["n_val"]), int(meta["n_test"])
    if larger:
        logged = {name: values for name, values in logged.items() if name not in ("val_f1", "val_auc")}
        logged |= {"val_loss": column("test_loss_a"), "val_acc": column("test_acc_a")}
        accuracy, loss = column("test_acc_b"), column("test_loss_b")
        val_size = test_size = test_size // 2
    if np.isfinite(logged["val_loss"] + loss).sum() < 2:
        return None
    return Case(
        name=name,
        epochs=epochs["epoch"].to_numpy(np.int64),
        logged={LOGGED[given]: values for given, values in logged.items() if np.isfinite(values).any()},
        dataset=str(meta["dataset"]),
        val_size=val_size,
        test_size=test_size,
        test_accuracy=accuracy if np.isfinite(accuracy).any() else None,
        test_loss=loss,
        clean=bool(larger or like_the_test(meta)),
        strata=frozenset(_strata(meta, val_size, logged["val_loss"])),
        halves=(column("test_acc_b" if larger else "test_acc_a"), column("test_acc_b")),
        others={
            name: np.mean([column(one) for one in columns], axis=0)
            for name, columns in OTHER_TRUTHS.items()
            if set(columns) <= set(epochs) and not larger
        },
        at=column("at") if "at" in epochs else None,
    )


def like_the_test(meta: pd.Series) -> bool:
    """Validation examples are like test examples, so that their difference is chance alone."""
    return (
        meta.get("nmode", "none") in ("none", "train")
        and meta.get("shift", "none") == "none"
        and not float(meta.get("imb", 0) or 0)
    )


def size_stratum(size: int) -> str:
    """The group of a number of validation examples."""
    for most, name in ((60, "≤ 60"), (150, "61–150"), (300, "151–300")):
        if size <= most:
            return name
    return "> 300"


SIZES = ("≤ 60", "61–150", "151–300", "> 300")


def _strata(meta: pd.Series, val_size: int, val_loss: Floats) -> Iterator[str]:
    yield size_stratum(val_size)
    finite = val_loss[np.isfinite(val_loss)]
    lowest = int(np.argmin(finite))
    overfits = finite[-1] > 1.05 * finite[lowest] and lowest < 0.7 * len(finite)
    yield "overfits" if overfits else "does not overfit"
    yield "≤ 60 epochs" if len(val_loss) <= 60 else "> 60 epochs"
    noise = meta.get("nmode", "none")
    yield (
        "clean labels"
        if noise == "none"
        else {"both": "noisy labels in train and val"}.get(noise, f"noisy labels in {noise} only")
    )
    yield "no shift" if meta.get("shift", "none") == "none" else "test data shifted"
    yield "flooding" if float(meta.get("flood", 0) or 0) else "no flooding"
    yield f"networks of kind {meta.get('arch', 'unknown')}"
