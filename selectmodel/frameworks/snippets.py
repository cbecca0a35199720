"""Code for the next run: a metric's name in each framework's own words, always inside a string literal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from selectmodel import registry
from selectmodel.records import Goal

Framework = Literal["keras", "lightning", "huggingface"]


class Limit(NamedTuple):
    """``name < value`` (goal min) or ``name > value`` (goal max); ``at`` is the plateau, ``noise`` what was allowed."""

    name: str
    goal: Goal
    value: float
    at: float
    noise: float


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
    declared = registry.framework_of(format)
    for known in FRAMEWORKS:
        if known == declared:
            return known
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


def good_enough(framework: Framework, limits: Sequence[Limit], own: Framework | None) -> str:
    """A callback that ends training at the first validation that meets every limit."""
    conditions = []
    for limit in limits:
        name, worst = literal(metric(limit.name, framework, own)), "inf" if limit.goal == "min" else "-inf"
        sign = "<" if limit.goal == "min" else ">"
        conditions.append(f'metrics.get({name}, float("{worst}")) {sign} {number(limit.value)}')
    met = "\n            and ".join(conditions)
    base, hook, get, stop, use = _HOOKS[framework]
    return (
        f"{base}    {hook}\n        metrics = {get}\n        if (\n            {met}\n        ):\n"
        f"            {stop}\n\n\ngood_enough = GoodEnough()\n# {use}(..., callbacks=[good_enough])"
    )


_HOOKS: Mapping[Framework, tuple[str, str, str, str, str]] = {
    "keras": (
        "import keras\n\n\nclass GoodEnough(keras.callbacks.Callback):\n",
        "def on_epoch_end(self, epoch, logs=None):",
        "logs or {}",
        "self.model.stop_training = True",
        "model.fit",
    ),
    "lightning": (
        "from lightning.pytorch.callbacks import Callback\n\n\nclass GoodEnough(Callback):\n",
        "def on_validation_end(self, trainer, module):",
        "trainer.callback_metrics",
        "trainer.should_stop = not trainer.sanity_checking",
        "Trainer",
    ),
    "huggingface": (
        "from transformers import TrainerCallback\n\n\nclass GoodEnough(TrainerCallback):\n",
        "def on_evaluate(self, args, state, control, metrics=None, **kwargs):",
        "metrics or {}",
        "control.should_training_stop = True",
        "Trainer",
    ),
}


def flooding_torch(levels: Sequence[float]) -> str:
    """The line that floods a loss in PyTorch, for a training loop or a training_step."""
    return "\n".join(
        [
            f"levels = [{', '.join(number(level) for level in levels)}]  # 0 is without flooding",
            "b = levels[1]",
            "# in the training step only, on the mean loss of the batch, before loss.backward():",
            "loss = (loss - b).abs() + b",
        ]
    )


def flooding_keras(levels: Sequence[float]) -> str:
    """A loss around a Keras loss that floods it."""
    return "\n".join(
        [
            "import keras",
            "",
            f"levels = [{', '.join(number(level) for level in levels)}]  # 0 is without flooding",
            "",
            "",
            "class Flooded(keras.losses.Loss):",
            "    def __init__(self, loss, level):",
            "        super().__init__()",
            "        self.loss, self.level = loss, level",
            "",
            "    def call(self, y_true, y_pred):",
            "        mean = keras.ops.mean(self.loss(y_true, y_pred))  # of the batch",
            "        return keras.ops.abs(mean - self.level) + self.level",
            "",
            "",
            "# model.compile(loss=Flooded(keras.losses.CategoricalCrossentropy(), levels[1]), ...)",
            "# val_loss is then flooded too and cannot fall below the level: judge by accuracy.",
        ]
    )


def weight_decay(framework: Framework, value: float) -> str:
    """An optimizer with decoupled weight decay."""
    decay = number(value)
    if framework == "keras":
        return f"import keras\n\noptimizer = keras.optimizers.AdamW(weight_decay={decay})"
    if framework == "huggingface":
        line = f'arguments = TrainingArguments(output_dir="output", weight_decay={decay})'
        return f"from transformers import TrainingArguments\n\n{line}"
    body = f"    return torch.optim.AdamW(self.parameters(), weight_decay={decay})"
    return f"import torch\n\n\ndef configure_optimizers(self):  # of your LightningModule\n{body}"


def shared_examples() -> str:
    """A function that finds exact copies of training examples in the validation set."""
    return """import hashlib

import numpy as np


def shared(train, val):
    def digest(example):
        return hashlib.sha256(np.ascontiguousarray(example).tobytes()).digest()

    seen = {digest(example) for example in train}
    return [index for index, example in enumerate(val) if digest(example) in seen]


# print(shared(x_train, x_val))"""


def averaging(framework: Framework | None, paths: Sequence[str] = ()) -> str:
    """A function that averages the weights of several checkpoints, and where ``paths`` are known its call."""
    return _averaged(framework) + (_call(framework, paths) if paths else "")


def _call(framework: Framework | None, paths: Sequence[str]) -> str:
    files = "".join(f"    {path!a},\n" for path in paths)
    given = "model, " if framework == "keras" else ""
    return f"\n\n\npaths = [\n{files}]\nweights = averaged({given}paths)"


def _averaged(framework: Framework | None) -> str:
    if framework == "keras":
        return """import numpy as np


def averaged(model, paths):
    weights = []
    for path in paths:
        model.load_weights(path)
        weights.append(model.get_weights())
    model.set_weights([np.mean(layer, axis=0) for layer in zip(*weights)])
    return model"""
    return """import torch


def averaged(paths):
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in paths]
    states = [state.get("state_dict", state) for state in states]
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(value.dtype)
        for name, value in states[-1].items()
    }"""
