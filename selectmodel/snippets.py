"""Code for the next run: a metric's name in each framework's own words, always inside a string literal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from selectmodel.hindsight import Framework
from selectmodel.records import Goal

#: What stands before a validation metric's name in a log, longest first.
_HEADS = (
    "validation/epoch_",
    "validation_",
    "validation/",
    "valid_",
    "valid/",
    "eval_",
    "eval/",
    "dev_",
    "dev/",
    "val_",
    "val/",
)
FRAMEWORKS: Mapping[Framework, str] = {"keras": "Keras", "lightning": "Lightning", "huggingface": "Hugging Face"}


def ordered(framework: Framework | None) -> tuple[Framework, ...]:
    """The frameworks, the run's own first."""
    return tuple(sorted(FRAMEWORKS, key=lambda name: name != framework))


def framework_of(format: str, names: Sequence[str]) -> Framework | None:
    """The framework that wrote a log, by the log's format or the way its metrics are called."""
    for start, found in (("keras", "keras"), ("lightning", "lightning"), ("hf_", "huggingface")):
        if format.startswith(start):
            return found  # type: ignore[return-value]
    if any(name.startswith("validation/epoch_") for name in names):
        return "keras"
    if any(name.startswith(("eval_", "eval/")) for name in names):
        return "huggingface"
    return None


def literal(text: str) -> str:
    """A Python string literal in ASCII: nothing in a name can end it."""
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else ascii(text)


def metric(name: str, framework: Framework, own: Framework | None) -> str:
    """A validation metric as the framework's callbacks call it: as logged for the log's own framework."""
    head = next((head for head in _HEADS if name.startswith(head)), None)
    if framework == "lightning" or head is None:
        return name
    if framework == own and "/" not in head:
        return name
    return {"keras": "val_", "huggingface": "eval_"}[framework] + name.removeprefix(head)


def number(value: float) -> str:
    """A number as Python reads it, without digits that say nothing."""
    return repr(float(f"{value:.6g}"))


def early_stopping(
    framework: Framework, monitor: str, goal: Goal, patience: int, min_delta: float, own: Framework | None
) -> str:
    """The framework's early stopping with what it takes to ship the best epoch and not the last."""
    name = metric(monitor, framework, own)
    maker = {"keras": _keras, "lightning": _lightning, "huggingface": _huggingface}[framework]
    return maker(literal(name), goal, patience, min_delta)


def _keras(name: str, goal: Goal, patience: int, min_delta: float) -> str:
    lines = ["import keras", "", "early_stopping = keras.callbacks.EarlyStopping("]
    lines += [f"    monitor={name},", f'    mode="{goal}",', f"    patience={patience},"]
    lines += [f"    min_delta={number(min_delta)},"] * bool(min_delta)
    lines += ["    restore_best_weights=True,", ")", "# model.fit(..., callbacks=[early_stopping])"]
    return "\n".join(lines)


def _lightning(name: str, goal: Goal, patience: int, min_delta: float) -> str:
    delta = f", min_delta={number(min_delta)}" if min_delta else ""
    return "\n".join(
        [
            "from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint",
            "",
            "callbacks = [",
            f'    EarlyStopping(monitor={name}, mode="{goal}", patience={patience}{delta}),',
            f'    ModelCheckpoint(monitor={name}, mode="{goal}", save_top_k=1),',
            "]",
            "# Trainer(callbacks=callbacks)",
        ]
    )


def _huggingface(name: str, goal: Goal, patience: int, min_delta: float) -> str:
    delta = f", early_stopping_threshold={number(min_delta)}" if min_delta else ""
    return "\n".join(
        [
            "from transformers import EarlyStoppingCallback, TrainingArguments",
            "",
            "arguments = TrainingArguments(",
            '    output_dir="output",',
            '    eval_strategy="epoch",',
            '    save_strategy="epoch",',
            "    load_best_model_at_end=True,",
            f"    metric_for_best_model={name},",
            f"    greater_is_better={goal == 'max'},",
            ")",
            f"early_stopping = EarlyStoppingCallback(early_stopping_patience={patience}{delta})",
            "# Trainer(..., args=arguments, callbacks=[early_stopping])",
        ]
    )
