"""Snippets of advice, executed against the frameworks themselves; .ci/run runs this in an environment that has them.

    python -m pytest tests/advice/test_advice_snippets.py -m heavy

Each framework that is missing skips its tests with a message; .ci/run sets SELECTMODEL_FRAMEWORKS=all, which makes a
missing one a failure.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pasts import finding, past_of
from questions import ask_of

from selectmodel import registry
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.frameworks.snippets import Framework
from selectmodel.records import Advice

os.environ["KERAS_BACKEND"] = "torch"
pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]

#: A valley: the metrics a run would log, best at epoch 4.
LOSSES = [1.0, 0.8, 0.6, 0.5, 0.4, *np.linspace(0.42, 0.9, 60).tolist()]
NAMES = ["val_loss", 'it\'s "odd"\\', "val_\x1b[0m\u202e"]


def framework(name: str) -> Any:
    """The framework's module; skipped where it is not installed."""
    if os.environ.get("SELECTMODEL_FRAMEWORKS") == "all":
        return __import__(name)
    return pytest.importorskip(name)


def past(own: Framework, monitor: str = "val_loss") -> Past:
    accuracy = np.minimum(1.0, np.linspace(0.5, 1.2, len(LOSSES)))
    score = 0.9 - np.abs(np.arange(len(LOSSES)) - 4) / 100
    question = ask_of(
        LOSSES,
        monitor=monitor,
        val_score=score,
        companions={"loss": np.exp(-np.arange(len(LOSSES)) / 5), "accuracy": accuracy},
    )
    found = past_of(question, framework=own, findings=[finding("overfitting"), finding("too_good")])
    assert found is not None
    return found


def advised(subject: str, one: Past) -> list[Advice]:
    return list(registry.load("advice", subject).advise([one]))


def executed(advice: Advice, **names: Any) -> dict[str, Any]:
    """What a snippet leaves behind, pasted as it is."""
    space: dict[str, Any] = dict(names)
    exec(compile(advice.snippet, "snippet", "exec"), space)
    return space


def shown(found: Sequence[Advice], words: str) -> Advice:
    return next(one for one in found if words in one.snippet)


# Keras


def keras_model(keras: Any) -> Any:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model


def told(keras: Any, series: dict[str, list[float]]) -> Any:
    """A callback that puts a recorded log in place of the measured one, and is called before the others."""

    class Told(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs.update({name: values[epoch] for name, values in series.items()})

    return Told()


@pytest.mark.parametrize("name", NAMES)
def test_keras_early_stopping_stops_where_advice_says(name: str) -> None:
    keras = framework("keras")
    first = advised("early_stopping", past("keras", name))[0]
    callback = executed(first)["early_stopping"]
    model = keras_model(keras)
    x, y = np.zeros((4, 3)), np.zeros((4, 1))
    callbacks = [told(keras, {name: LOSSES}), callback]
    history = model.fit(x, y, epochs=len(LOSSES), verbose=0, callbacks=callbacks)
    assert len(history.epoch) - 1 == first.evidence["stop"]
    assert callback.best_epoch == 4


def test_keras_thresholds_end_the_fit_at_the_first_epoch_that_meets_them() -> None:
    keras = framework("keras")
    one = past("keras")
    (first,) = advised("thresholds", one)
    callback = executed(first)["good_enough"]
    score = one.question.metric("val_accuracy").tolist()
    series = {"val_loss": LOSSES, "val_accuracy": score}
    callbacks = [told(keras, series), callback]
    history = keras_model(keras).fit(np.zeros((4, 3)), np.zeros((4, 1)), epochs=30, verbose=0, callbacks=callbacks)
    a, b = first.evidence["val_loss"], first.evidence["val_accuracy"]
    expected = next(at for at in range(30) if LOSSES[at] < a and score[at] > b)
    assert history.epoch[-1] == expected


def test_keras_flooding_turns_the_loss_round_below_the_level() -> None:
    keras = framework("keras")
    space = executed(shown(advised("flooding", past("keras")), "keras.losses.Loss"))
    flooded = space["Flooded"](keras.losses.MeanSquaredError(), 0.5)
    y, close, far = np.zeros((4, 1), "float32"), np.full((4, 1), 0.1, "float32"), np.full((4, 1), 2.0, "float32")
    assert float(flooded(y, close)) == pytest.approx(0.99)
    assert float(flooded(y, far)) == pytest.approx(4.0)
    # A line through data that lie on one: whatever weights it starts with, only the flooding keeps its loss from zero.
    x = np.random.default_rng(0).normal(size=(64, 3))
    ends = []
    for loss in (keras.losses.MeanSquaredError(), space["Flooded"](keras.losses.MeanSquaredError(), 0.2)):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss)
        history = model.fit(x, x.sum(axis=1, keepdims=True), epochs=60, batch_size=64, verbose=0).history["loss"]
        ends.append(history[-1])
    assert ends[0] < 0.01
    assert 0.2 <= ends[1] < 0.35


def test_keras_optimizer_and_averaging(tmp_path: Path) -> None:
    keras = framework("keras")
    (decay,) = advised("regularisation", past("keras"))
    model = keras_model(keras)
    model.compile(optimizer=executed(decay)["optimizer"], loss="mse")
    assert model.optimizer.weight_decay == pytest.approx(0.01)
    from selectmodel.frameworks.snippets import averaging

    paths = []
    for value in (1.0, 3.0):
        model.set_weights([np.full_like(layer, value) for layer in model.get_weights()])
        paths.append(tmp_path / f"{value}.weights.h5")
        model.save_weights(paths[-1])
    averaged = executed(Advice("", averaging("keras")))["averaged"](model, paths)
    assert all((layer == 2.0).all() for layer in averaged.get_weights())


# PyTorch and Lightning


def test_torch_flooding_and_averaging(tmp_path: Path) -> None:
    torch = framework("torch")
    flood = shown(advised("flooding", past("lightning")), "(loss - b).abs() + b")
    loss = torch.tensor(0.0, requires_grad=True)
    space = executed(flood, loss=loss)
    space["loss"].backward()
    assert float(space["loss"]) == pytest.approx(2 * space["b"]) and float(loss.grad) == -1
    from selectmodel.frameworks.snippets import averaging

    paths = []
    for value in (1.0, 3.0):
        state = {"w": torch.full((2,), value), "count": torch.tensor(int(value))}
        paths.append(tmp_path / f"{value}.ckpt")
        torch.save({"state_dict": state} if value > 2 else state, paths[-1])
    averaged = executed(Advice("", averaging(None)))["averaged"](paths)
    assert averaged["w"].tolist() == [2.0, 2.0] and averaged["count"].dtype == torch.int64


def lightning_fit(callbacks: list[Any], series: dict[str, list[float]], folder: Path) -> Any:
    lightning, torch = framework("lightning"), framework("torch")

    class Told(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch: Any, index: int) -> Any:
            return self.layer(batch[0]).sum()

        def validation_step(self, batch: Any, index: int) -> None:
            for name, values in series.items():
                self.log(name, values[self.current_epoch])

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.0)

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(2, 1)), batch_size=2)
    trainer = lightning.Trainer(
        max_epochs=len(LOSSES),
        accelerator="cpu",
        callbacks=callbacks,
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Told(), data, data)
    return trainer


@pytest.mark.parametrize("name", NAMES[:2])
def test_lightning_early_stopping_stops_where_advice_says(name: str, tmp_path: Path) -> None:
    framework("lightning")
    first = advised("early_stopping", past("lightning", name))[0]
    callbacks = executed(first)["callbacks"]
    trainer = lightning_fit(callbacks, {name: LOSSES}, tmp_path)
    assert trainer.current_epoch - 1 == first.evidence["stop"]
    assert float(callbacks[1].best_model_score) == pytest.approx(0.4)


def test_lightning_thresholds_and_weight_decay(tmp_path: Path) -> None:
    framework("lightning")
    one = past("lightning")
    (first,) = advised("thresholds", one)
    score = one.question.metric("val_accuracy").tolist()
    trainer = lightning_fit([executed(first)["good_enough"]], {"val_loss": LOSSES, "val_accuracy": score}, tmp_path)
    a, b = first.evidence["val_loss"], first.evidence["val_accuracy"]
    expected = next(at for at in range(30) if LOSSES[at] < a and score[at] > b)
    assert trainer.current_epoch - 1 == expected
    (decay,) = advised("regularisation", one)
    module = framework("torch").nn.Linear(1, 1)
    assert executed(decay)["configure_optimizers"](module).defaults["weight_decay"] == pytest.approx(0.01)


# Hugging Face


def trainer_run(space: dict[str, Any], series: dict[str, list[float]], folder: Path, **more: Any) -> Any:
    """A Trainer whose evaluations return the recorded metrics."""
    transformers, torch = framework("transformers"), framework("torch")

    class Tiny(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def forward(self, x: Any) -> Any:
            return {"loss": self.layer(x).sum()}

    class Told(transformers.Trainer):  # type: ignore[misc]
        def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
            at = round(self.state.epoch) - 1
            metrics = {name: values[at] for name, values in series.items()}
            self.log(dict(metrics))
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
            return metrics

    arguments = space.get("arguments") or transformers.TrainingArguments(output_dir="output", eval_strategy="epoch")
    for name, value in {"num_train_epochs": 40, "report_to": [], "disable_tqdm": True, **more}.items():
        setattr(arguments, name, value)
    callbacks = [space[name] for name in ("early_stopping", "good_enough") if name in space]
    data = [{"x": torch.zeros(1)}]
    trainer = Told(model=Tiny(), args=arguments, train_dataset=data, eval_dataset=data, callbacks=callbacks)
    trainer.train()
    return trainer


def test_huggingface_early_stopping_stops_where_advice_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    framework("transformers")
    monkeypatch.chdir(tmp_path)
    first = advised("early_stopping", past("huggingface", "eval_loss"))[0]
    trainer = trainer_run(executed(first), {"eval_loss": LOSSES}, tmp_path)
    assert round(trainer.state.epoch) - 1 == first.evidence["stop"]
    assert trainer.state.best_metric == pytest.approx(0.4)


def test_huggingface_thresholds_and_weight_decay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    framework("transformers")
    monkeypatch.chdir(tmp_path)
    one = past("huggingface", "eval_loss")
    (first,) = advised("thresholds", one)
    score = one.question.metric("val_accuracy").tolist()
    trainer = trainer_run(executed(first), {"eval_loss": LOSSES, "val_accuracy": score}, tmp_path, save_strategy="no")
    a, b = first.evidence["eval_loss"], first.evidence["val_accuracy"]
    assert round(trainer.state.epoch) - 1 == next(at for at in range(30) if LOSSES[at] < a and score[at] > b)
    (decay,) = advised("regularisation", one)
    assert executed(decay)["arguments"].weight_decay == pytest.approx(0.01)


# what needs no framework


def test_the_duplicates_are_found() -> None:
    snippet = shown(advised("data", past("keras")), "hashlib")
    train, val = np.arange(12).reshape(4, 3), np.array([[9, 10, 11], [1, 1, 1], [0, 1, 2]])
    assert executed(snippet)["shared"](train, val) == [0, 2]
