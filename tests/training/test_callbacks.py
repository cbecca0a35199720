"""The callbacks in real trainings with Keras, Lightning and transformers: what they keep, restore and say is pick's.

    python -m pytest tests/training/test_callbacks.py -m heavy

A framework that is missing skips its tests with a message; .ci/run sets SELECTMODEL_FRAMEWORKS=all, which makes a
missing one a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli import command

import selectmodel as sm

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]


def framework(name: str) -> Any:
    """The framework's module; skipped where it is not installed."""
    if os.environ.get("SELECTMODEL_FRAMEWORKS") == "all":
        return __import__(name)
    return pytest.importorskip(name)


def blobs() -> tuple[np.ndarray, np.ndarray]:
    """(600, 8) noisy points of three classes, so that a small network overfits them; (600,) their classes."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 600)
    return (rng.normal(0, 1.6, (600, 8)) + np.eye(8)[labels] * 2).astype("float32"), labels


def is_what_pick_says(capsys: pytest.CaptureFixture[str], tracker: sm.Tracker, report: Any) -> None:
    """The report and the record are those of pick on the callback's own log."""
    capsys.readouterr()
    again = tracker.folder / "by_pick.json"
    asked = ["--metric", report.monitor.name, "--format", "json", "--record", again]
    done = command(capsys, "pick", tracker.log_file, *asked)
    assert json.loads(done.out) == json.loads(json.dumps(report.to_dict()))
    assert again.read_bytes() == (tracker.folder / "decision.json").read_bytes()
    assert Path(str(report.recommended.checkpoint)).exists()


def test_keras(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keras = framework("keras")
    from selectmodel.keras import SelectModel

    keras.utils.set_random_seed(3)
    x, y = blobs()
    model = keras.Sequential([keras.layers.Dense(256, "relu"), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    callback = SelectModel(tmp_path / "run", metric="val_loss", stop="no better for 8 epochs", most=3)
    by_keras = keras.callbacks.CSVLogger(str(tmp_path / "keras.csv"))
    data = (x[300:], y[300:])
    model.fit(x[:300], y[:300], epochs=60, validation_data=data, verbose=0, callbacks=[callback, by_keras])
    report = callback.report
    assert "Ship epoch" in capsys.readouterr().out
    assert "is no better since epoch" in callback.tracker.stop_reason
    assert len(list(callback.tracker.folder.glob("*.h5"))) <= 3
    restored = float(model.evaluate(*data, verbose=0)[0])
    assert restored == pytest.approx(report.recommended.values["val_loss"], rel=1e-4)
    is_what_pick_says(capsys, callback.tracker, report)
    by_logger = sm.recommend(tmp_path / "keras.csv", metric="val_loss", checkpoints="off")
    assert by_logger.best_unsaved is None and by_logger.recommended.epoch == report.by_log.epoch


def _module(lightning: Any, torch: Any) -> Any:
    class Net(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Linear(8, 256), torch.nn.ReLU(), torch.nn.Linear(256, 3))

        def training_step(self, batch: Any, index: int) -> Any:
            loss = torch.nn.functional.cross_entropy(self.layers(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            logits = self.layers(batch[0])
            self.log("val_loss", torch.nn.functional.cross_entropy(logits, batch[1]))
            self.log("val_acc", (logits.argmax(1) == batch[1]).float().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 0.01)

    return Net()


@pytest.mark.parametrize("interval", [1.0, 0.5])
def test_lightning(tmp_path: Path, capsys: pytest.CaptureFixture[str], interval: float) -> None:
    lightning, torch = framework("lightning"), framework("torch")
    from lightning.pytorch.loggers import CSVLogger

    from selectmodel.lightning import SelectModel

    lightning.seed_everything(3, verbose=False)
    x, y = (torch.from_numpy(part) for part in blobs())
    data = torch.utils.data.TensorDataset
    train = torch.utils.data.DataLoader(data(x[:300], y[:300]), batch_size=30)
    val = torch.utils.data.DataLoader(data(x[300:], y[300:]), batch_size=300)
    callback = SelectModel(tmp_path / "run", metric="val_loss", stop="no better for 8 epochs", most=3)
    trainer = lightning.Trainer(
        max_epochs=60, accelerator="cpu", callbacks=[callback], logger=CSVLogger(tmp_path, "csv"), log_every_n_steps=5,
        val_check_interval=interval, enable_progress_bar=False, enable_checkpointing=False, enable_model_summary=False,
    )  # fmt: skip
    net = _module(lightning, torch)
    trainer.fit(net, train, val)
    report, tracker = callback.report, callback.tracker
    assert tracker is not None and "is no better since epoch" in tracker.stop_reason
    assert len(list(tracker.folder.glob("*.ckpt"))) <= 3
    with torch.no_grad():
        restored = float(torch.nn.functional.cross_entropy(net.layers(x[300:]), y[300:]))
    assert restored == pytest.approx(report.recommended.values["val_loss"], rel=1e-4)
    is_what_pick_says(capsys, tracker, report)
    assert trainer.logger is not None
    by_logger = sm.recommend(Path(str(trainer.logger.log_dir)) / "metrics.csv", metric="val_loss", checkpoints="off")
    assert by_logger.recommended.epoch == report.by_log.epoch
    assert by_logger.recommended.values["val_loss"] == pytest.approx(report.by_log.values["val_loss"], rel=1e-6)
    trained, logged = (sm.read(log).series["train_loss"] for log in (tracker.log_file, trainer.logger.log_dir))
    np.testing.assert_allclose(trained.values, logged.values, rtol=1e-5)
    np.testing.assert_array_equal(trained.epochs, logged.epochs)


def test_huggingface(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transformers, torch = framework("transformers"), framework("torch")
    from selectmodel.huggingface import SelectModelCallback

    transformers.set_seed(3)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    rows = [
        {"input_ids": (rng.integers(2, 20, 6) + 10 * label).tolist(), "labels": int(label ^ (rng.random() < 0.3))}
        for label in labels
    ]
    config = transformers.BertConfig(
        vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    model = transformers.BertForSequenceClassification(config)
    callback = SelectModelCallback(metric="eval_loss", stop="no better for 4 validations", most=3)
    given = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"), num_train_epochs=40, per_device_train_batch_size=20, eval_strategy="epoch",
        save_strategy="epoch", logging_steps=5, learning_rate=0.01, use_cpu=True, report_to=[], disable_tqdm=True,
    )  # fmt: skip
    trainer = transformers.Trainer(
        model, given, train_dataset=rows[:100], eval_dataset=rows[100:], callbacks=[callback]
    )
    trainer.train()
    report = callback.report
    left = [path.name for path in (tmp_path / "out").glob("checkpoint-*")]
    assert len(left) <= 3 and f"checkpoint-{trainer.state.global_step}" in left
    assert trainer.state.global_step < 200
    assert float(trainer.evaluate()["eval_loss"]) == pytest.approx(report.recommended.values["eval_loss"], rel=1e-4)
    state = tmp_path / "out" / f"checkpoint-{trainer.state.global_step}" / "trainer_state.json"
    by_trainer = sm.recommend(state, metric="eval_loss", checkpoints="off")
    assert by_trainer.recommended.step == report.by_log.step
    capsys.readouterr()
    done = command(capsys, "pick", tmp_path / "out" / "log.jsonl", "--metric", "eval_loss", "--format", "json")
    assert json.loads(done.out) == json.loads(json.dumps(report.to_dict()))
    assert torch is not None


def test_the_trainer_must_not_look_for_what_is_deleted(tmp_path: Path) -> None:
    transformers = framework("transformers")
    from selectmodel.huggingface import SelectModelCallback

    given = transformers.TrainingArguments(output_dir=str(tmp_path), save_total_limit=2, use_cpu=True, report_to=[])
    with pytest.raises(sm.UsageError, match="save_total_limit: leave it out"):
        SelectModelCallback().on_train_begin(given, None, None)


TWO_PROCESSES = """
import sys
from pathlib import Path

import torch.distributed as dist

import selectmodel as sm

rank, folder = int(sys.argv[1]), Path(sys.argv[2])
dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
tracker = sm.Tracker(folder / "run", stop="no better for 3 epochs", most=2)
for epoch in range(50):
    # each process measures something else; rank 0 decides
    tracker.log(epoch, val_loss=abs(epoch - 7) + 1.0 if rank == 0 else -float(epoch))
    path = tracker.folder / f"epoch_{epoch}.pt"
    if rank == 0:
        path.write_bytes(b"w")
    tracker.keep(path)
    if tracker.should_stop:
        break
loaded = []
tracker.finish(loaded.append, quiet=True)
print(epoch, tracker.recommended.epoch, Path(loaded[0]).name)
dist.destroy_process_group()
"""


def test_all_processes_stop_together_and_load_one_file(tmp_path: Path) -> None:
    framework("torch")
    run = [sys.executable, "-c", TWO_PROCESSES]
    started = [
        subprocess.Popen([*run, str(rank), str(tmp_path)], stdout=subprocess.PIPE, text=True) for rank in range(2)
    ]
    told = [process.communicate(timeout=120)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert told[0] == told[1] == ["10", "7.0", "epoch_7.pt"]
    assert sorted(path.name for path in (tmp_path / "run").glob("*.pt")) == ["epoch_10.pt", "epoch_7.pt"]
