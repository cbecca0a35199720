"""What a snippet of a page may take for granted, by framework: the module, a model that was built, and some data."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Names = dict[str, Any]


def framework(name: str) -> Any:
    """The framework's module; skipped where it is not installed, unless SELECTMODEL_FRAMEWORKS=all."""
    if os.environ.get("SELECTMODEL_FRAMEWORKS") == "all":
        return importlib.import_module(name)
    return pytest.importorskip(name)


def points() -> tuple[Any, Any]:
    """(200, 4) noisy points of two classes, (200,) their classes."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    return (rng.normal(0, 1.2, (200, 4)) + labels[:, None]).astype("float32"), labels


def keras() -> Names:
    os.environ["KERAS_BACKEND"] = "torch"
    module = framework("keras")
    module.utils.set_random_seed(0)
    model = module.Sequential([module.layers.Dense(8, "relu"), module.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, labels = points()
    return {"keras": module, "model": model, "x": x[:100], "y": labels[:100], "x_val": x[100:], "y_val": labels[100:]}


def lightning() -> Names:
    module, torch = framework("lightning"), framework("torch")
    importlib.import_module("lightning.pytorch.loggers")
    module.seed_everything(0, verbose=False)

    class Net(module.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 2)

        def training_step(self, batch: Any, index: int) -> Any:
            return torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1])

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1]))

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 0.01)

    x, labels = (torch.from_numpy(part) for part in points())
    data, loader = torch.utils.data.TensorDataset, torch.utils.data.DataLoader
    train, val = loader(data(x[:100], labels[:100]), 20), loader(data(x[100:], labels[100:]), 100)
    return {"lightning": module, "model": Net(), "train": train, "val": val}


def transformers() -> Names:
    module = framework("transformers")
    module.set_seed(0)
    config = module.BertConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    rows = [{"input_ids": [2 + label, 7, 9], "labels": int(label)} for label in points()[1]]
    model = module.BertForSequenceClassification(config)
    return {"transformers": module, "model": model, "train": rows[:100], "val": rows[100:]}


def torch() -> Names:
    module = framework("torch")
    importlib.import_module("torch.utils.tensorboard")
    return {"torch": module}


def xgboost() -> Names:
    module = framework("xgboost")
    x, labels = points()
    data = [module.DMatrix(x[part], labels[part]) for part in (slice(100), slice(100, None))]
    return {"xgboost": module, "train": data[0], "val": data[1], "json": importlib.import_module("json")}


def lightgbm() -> Names:
    module = framework("lightgbm")
    x, labels = points()
    data = [module.Dataset(x[part], labels[part]) for part in (slice(100), slice(100, None))]
    return {"lightgbm": module, "train": data[0], "val": data[1], "json": importlib.import_module("json")}


def ultralytics() -> Names:
    """Not in .ci/run: its wheels are large. Images are noise, brighter in one class."""
    os.environ["YOLO_CONFIG_DIR"] = str(Path.cwd())
    module = pytest.importorskip("ultralytics")
    module.settings.update({"sync": False, "tensorboard": False})
    image = importlib.import_module("PIL.Image")
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for label in range(2):
            home = Path("digits", split, str(label))
            home.mkdir(parents=True)
            for number in range(8):
                pixels = rng.integers(0, 100, (32, 32, 3)) + 100 * label
                image.fromarray(pixels.astype(np.uint8)).save(home / f"{number}.png")
    return {"ultralytics": module, "folder": Path.cwd()}


def engines() -> Names:
    framework("distributed"), framework("ray")
    return {}


def charts() -> Names:
    framework("altair")
    return {}


AT_HAND: dict[str, Callable[[], Names]] = {
    one.__name__: one
    for one in (keras, lightning, transformers, torch, xgboost, lightgbm, ultralytics, engines, charts)
}
