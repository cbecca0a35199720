"""Makes huggingface/: small trainings of the Hugging Face Trainer whose checkpoints tell one story each.

Every trainer_state.json is written by a real ``transformers.Trainer``, on scikit-learn's handwritten digits (8 x 8
pixels, 10 classes) with some wrong labels among the training data. Of each checkpoint the state is kept, and a line of
text in place of model.safetensors. A second run on the same versions gives the same losses; clocks differ, and so do
other versions of the libraries or another CPU.

Written with Python 3.11, transformers 5.24.0, torch 2.13.0, scikit-learn 1.9.1. Half a minute on one core::

    python -m venv venv
    venv/bin/pip install transformers==5.24.0 torch==2.13.0 accelerate scikit-learn==1.9.1
    venv/bin/python sample_logs/make_huggingface.py              # all stories
    venv/bin/python sample_logs/make_huggingface.py overfitting  # some of them
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import EvalPrediction, PreTrainedConfig, PreTrainedModel, Trainer, TrainingArguments, set_seed
from transformers.modeling_outputs import SequenceClassifierOutput

HERE = Path(__file__).resolve().parent
PLACE = HERE / "huggingface"
PLACEHOLDER = "placeholder: the weights were removed, the name is real\n"
KEPT = ("trainer_state.json", "model.safetensors")


class Digits(Dataset[dict[str, Tensor]]):
    """Examples ``first`` to ``last`` in a fixed order; of ``wrong`` of them the label is another."""

    def __init__(self, first: int, last: int, wrong: float = 0.0) -> None:
        images, labels = load_digits(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(labels))[first:last]
        self.images = torch.tensor(images[order] / 16, dtype=torch.float32)
        self.labels = torch.tensor(labels[order])
        random = np.random.default_rng(1)
        spoilt = np.flatnonzero(random.random(len(order)) < wrong)
        self.labels[spoilt] = torch.tensor(random.integers(0, 10, len(spoilt)))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, at: int) -> dict[str, Tensor]:
        return {"pixels": self.images[at], "labels": self.labels[at]}


class Config(PreTrainedConfig):
    model_type = "digits"


class Perceptron(PreTrainedModel):
    """One hidden layer."""

    config_class = Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
        self.post_init()

    def forward(self, pixels: Tensor, labels: Tensor) -> SequenceClassifierOutput:
        logits = self.net(pixels)
        return SequenceClassifierOutput(loss=nn.functional.cross_entropy(logits, labels), logits=logits)


def accuracy(found: EvalPrediction) -> dict[str, float]:
    return {"accuracy": float((np.asarray(found.predictions).argmax(1) == found.label_ids).mean())}


def trainer(story: str, *, sets: Any = None, **settings: Any) -> Trainer:
    """A Trainer on 400 examples, a fifth of them with a wrong label, validated on 300."""
    set_seed(1)
    usual: dict[str, Any] = {
        "output_dir": str(PLACE / story),
        "per_device_train_batch_size": 32,
        "learning_rate": 5e-3,
        "lr_scheduler_type": "constant",
        "logging_strategy": "epoch",
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "use_cpu": True,
        "disable_tqdm": True,
    }
    return Trainer(
        Perceptron(Config()),
        TrainingArguments(**{**usual, **settings}),
        train_dataset=Digits(0, 400, 0.2),
        eval_dataset=sets or Digits(400, 700),
        compute_metrics=accuracy,
    )


def overfitting() -> None:
    """Thirty epochs; the best by loss and the last are kept. evaluate() after it measures the best model again."""
    one = trainer(
        "overfitting",
        num_train_epochs=30,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        save_total_limit=2,
    )
    one.train()
    one.evaluate()
    one.save_state()
    (PLACE / "log_history.json").write_text(json.dumps(one.state.log_history))


def resumed() -> None:
    """Stopped after six epochs, resumed from the third with gradients clipped, without saving: three are left over."""
    trainer("resumed", num_train_epochs=6).train()
    again = trainer("resumed", num_train_epochs=9, max_grad_norm=0.1, save_strategy="no")
    again.train(resume_from_checkpoint=str(PLACE / "resumed/checkpoint-39"))
    again.save_state()


def several_sets() -> None:
    """Two evaluation sets, every eight steps; a checkpoint where the accuracy on the hard one was never higher."""
    sets = {"clean": Digits(400, 700), "hard": Digits(700, 1000, 0.3)}
    one = trainer(
        "several_sets",
        sets=sets,
        num_train_epochs=6,
        eval_strategy="steps",
        eval_steps=8,
        logging_strategy="steps",
        logging_steps=8,
        save_strategy="best",
        metric_for_best_model="eval_hard_accuracy",
    )
    one.train()


STORIES: dict[str, Callable[[], None]] = {
    "overfitting": overfitting, "resumed": resumed, "several_sets": several_sets,
}  # fmt: skip


def trim(folder: Path) -> None:
    """Leaves states, and a line of text in place of weights."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.name not in KEPT:
            path.unlink()
        elif path.name == "model.safetensors":
            path.write_text(PLACEHOLDER)


def main() -> None:
    """Makes the stories that were asked for, or all."""
    PLACE.mkdir(exist_ok=True)
    for name in sys.argv[1:] or STORIES:
        shutil.rmtree(PLACE / name, ignore_errors=True)
        STORIES[name]()
        trim(PLACE / name)


if __name__ == "__main__":
    main()
