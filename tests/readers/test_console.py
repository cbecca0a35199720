"""Text that was printed while training: each program's own way, and lines of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SHARED

import selectmodel as sm
from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.readers import console
from selectmodel.records import Run
from selectmodel.source import ReadOptions, Source

Points = dict[str, list[tuple[float, float]]]


def of(text: str, **options: bool) -> Run:
    path = Path("-")
    return console.read(Source(path, (path,), "run", ReadOptions(**options), text.encode()))


def points(run: Run) -> Points:
    return {
        name: list(zip(series.steps.tolist(), series.values.tolist(), strict=True))
        for name, series in run.series.items()
    }


def codes(run: Run) -> set[str]:
    return {note.code for note in run.notes}


PRINTED: dict[str, tuple[str, Points]] = {
    "keras": (
        "Epoch 1/2\n8/8 - 0s - 5ms/step - loss: 0.5 - val_loss: 1.5\nEpoch 2/2\n"
        "Epoch 2: val_loss improved from 1.5 to 1.25, saving model to m02.keras\n"
        "8/8 - 0s - 5ms/step - loss: 0.25 - val_loss: 1.25\n",
        {"loss": [(1, 0.5), (2, 0.25)], "val_loss": [(1, 1.5), (2, 1.25)]},
    ),
    "keras, written over": (
        "Epoch 1/1\n\r\x1b[1m1/8\x1b[0m \x1b[32m━\x1b[0m \x1b[1m0s\x1b[0m 3ms/step - loss: 0.9\b\b\b\b"
        "\r\x1b[1m8/8\x1b[0m "
        "\x1b[32m━━\x1b[0m \x1b[1m0s\x1b[0m 6ms/step - loss: 0.5 - val_loss: 1.5\n",
        {"loss": [(1, 0.5)], "val_loss": [(1, 1.5)]},
    ),
    "hugging face": (
        "  5%|▌ | 1/18 [00:00<00:01, 5.1it/s]{'loss': 0.5, 'grad_norm': 1.5, 'epoch': 1.0}\n"
        "{'eval_loss': '1.5', 'epoch': '1.0'}\n{'eval_loss': 1.25, 'epoch': 2.0}\n"
        "{'train_runtime': 3.2, 'train_loss': 0.6, 'epoch': 2.0}\n",
        {"loss": [(1, 0.5)], "grad_norm": [(1, 1.5)], "eval_loss": [(1, 1.5), (2, 1.25)]},
    ),
    "nanoGPT": (
        "step 0: train loss 4.5, val loss 4.25\niter 0: loss 4.4, time 300.11ms, mfu -100.00%\n"
        "step 250: train loss 1.5, val loss 2.0\n",
        {"train loss": [(0, 4.5), (250, 1.5)], "val loss": [(0, 4.25), (250, 2.0)], "loss": [(0, 4.4)]},
    ),
    "Megatron": (
        " iteration       10/    1000 | learning rate: 1.000E-04 | lm loss: 1.050000E+01 | number of nan iterations: 0"
        " |\n"
        "-----\n validation loss at iteration 10 | lm loss value: 3.500000E+00 | \n-----\n"
        " validation loss at iteration 10 on test set | lm loss value: 1.0E+00 | \n",
        {"lr": [(10, 1e-4)], "lm loss": [(10, 10.5)], "validation lm loss value": [(10, 3.5)]},
    ),
    "SpeechBrain": (
        "epoch: 1, lr: 1.00e-03 - train loss: 2.31 - valid loss: 1.95, valid WER: 12.40\n"
        "Epoch loaded: 1 - test loss: 2.0, test WER: 10.1\n",
        {"lr": [(1, 1e-3)], "train loss": [(1, 2.31)], "valid loss": [(1, 1.95)], "valid WER": [(1, 12.4)]},
    ),
    "torchtune": (
        "Step 3 | loss:1.25 lr:2e-05 tokens_per_second_per_gpu:100.2\n", {"loss": [(3, 1.25)], "lr": [(3, 2e-5)]},
    ),
    "XGBoost": (
        "[0]\ttrain-logloss:0.5\teval-auc:0.75\n[2]\ttrain-logloss:0.25\teval-auc:0.8\n",
        {"train-logloss": [(0, 0.5), (2, 0.25)], "eval-auc": [(0, 0.75), (2, 0.8)]},
    ),
    "LightGBM": (
        "[2]\ttraining's auc: 0.9\tvalid_0's auc: 0.8\n", {"training/auc": [(2, 0.9)], "valid_0/auc": [(2, 0.8)]},
    ),
    "nnU-Net": (
        "2025-11-18 21:49:55.200000: Epoch 0 \n2025-11-18 21:49:55.300000: Current learning rate: 0.01 \n"
        "2025-11-18 21:51:55.400000: train_loss 0.03 \n2025-11-18 21:51:55.410000: val_loss -0.5 \n"
        "2025-11-18 21:51:55.420000: Pseudo dice [np.float32(0.75), np.float32(nan), np.float32(0.25)] \n"
        "2025-11-18 21:51:55.440000: Yayy! New best EMA pseudo Dice: 0.685 \n",
        {"lr": [(0, 0.01)], "train_loss": [(0, 0.03)], "val_loss": [(0, -0.5)], "val_pseudo_dice": [(0, 0.5)]},
    ),
    "PyTorch's examples": (
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300039\nTrain Epoch: 1 [640/60000 (1%)]\tLoss: 2.25\n\n"
        "Test set: Average loss: 0.0592, Accuracy: 9806/10000 (98%)\n",
        {"train Loss": [(1, 2.25)], "test Average loss": [(1, 0.0592)], "test Accuracy": [(1, 0.9806)]},
    ),
    "PyTorch's tutorial": (
        "Epoch 1/2\n----------\ntrain Loss: 0.5 Acc: 0.75\nval Loss: 0.25 Acc: 0.5\n\nBest val Acc: 0.770000\n",
        {"train Loss": [(1, 0.5)], "train Acc": [(1, 0.75)], "val Loss": [(1, 0.25)], "val Acc": [(1, 0.5)]},
    ),
    "a logger": (
        "2024-01-01 10:00:00,123 - INFO - Epoch [1/3], Train Loss: 0.5, Val Acc: 85.5%\n"
        "INFO:root:epoch=2 train_loss=0.25 val_acc=86.5\n",
        {"Train Loss": [(1, 0.5)], "Val Acc": [(1, 85.5)], "train_loss": [(2, 0.25)], "val_acc": [(2, 86.5)]},
    ),
    "fairseq": (
        "2023-05-01 10:00:20 | INFO | train_inner | epoch 001:    100 / 110 loss=9.5, ppl=20.5, wps=28900, lr=0.5\n"
        "2023-05-01 10:00:50 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 4.5 | ppl 8.5 | wps 610\n"
        "2023-05-01 10:00:57 | INFO | fairseq.checkpoint_utils | Saved checkpoint a/checkpoint1.pt (epoch 1 @ 9 updates"
        ", score 4.5)\n2023-05-01 10:00:58 | INFO | train | epoch 001 | loss 9.25 | ppl 16.5 | lr 0.5\n",
        {
            "loss": [(1, 9.25)], "ppl": [(1, 16.5)], "lr": [(1, 0.5)], "valid loss": [(1, 4.5)],
            "valid ppl": [(1, 8.5)],
        },
    ),
    "ESPnet": (
        "# python3 -m espnet2.bin.asr_train --use_preprocessor true\n"
        "[n01] 2022-01-03 10:15:11,123 (trainer:338) INFO: 1epoch results: [train] iter_time=1.2e-04, acc=0.5, loss=4.5"
        ", [valid] acc=0.25, wer=0.75, loss=6.5, time=1 minute and 2.3 seconds, [att_plot] time=5 seconds\n"
        "[n01] 2022-01-03 10:15:15,123 (trainer:384) INFO: The best model has been updated: valid.acc\n"
        "[n01] 2022-01-03 10:16:15,123 (trainer:721) INFO: 2epoch:train:1-50batch: acc=0.125, loss=3.5\n",
        {
            "train acc": [(1, 0.5)], "train loss": [(1, 4.5)], "valid acc": [(1, 0.25)], "valid wer": [(1, 0.75)],
            "valid loss": [(1, 6.5)],
        },
    ),
    "dictionaries in dictionaries": (
        "{'epoch': 1, 'train': {'loss': 0.5}, 'val': {'loss': 1.5, 'top': {'acc': 0.5}}}\n"
        "{'epoch': 2, 'train': {'loss': 0.25}, 'val': {'loss': 1.25, 'top': {'acc': 0.75}}}\n",
        {
            "train/loss": [(1, 0.5), (2, 0.25)], "val/loss": [(1, 1.5), (2, 1.25)],
            "val/top/acc": [(1, 0.5), (2, 0.75)],
        },
    ),
    "a dictionary a split": (
        "INFO:root:epoch 1: train={'loss': 0.5} val={'loss': 1.5}\n"
        "epoch 2: train: {'loss': 0.25}, val: {'loss': 1.25}\n",
        {"train loss": [(1, 0.5), (2, 0.25)], "val loss": [(1, 1.5), (2, 1.25)]},
    ),
    "the split named once": (
        "Epoch 1 train loss 0.5 acc 0.75 | val loss 1.5 acc 0.5\nEpoch 2: train: loss 0.25 acc 0.875, val: loss 1.25"
        " acc 0.75\n",
        {
            "train loss": [(1, 0.5), (2, 0.25)], "train acc": [(1, 0.75), (2, 0.875)],
            "val loss": [(1, 1.5), (2, 1.25)], "val acc": [(1, 0.5), (2, 0.75)],
        },
    ),
    "sentences": (
        "Epoch 1 done. Train loss: 0.5. Val loss: 1.5. Val accuracy: 50%\nEpoch 2 finished in 9 s. val loss 1.25.\n"
        "Training finished at epoch 2, loss 0.25\nFinished training, final loss 0.125\n",
        {"Train loss": [(1, 0.5)], "Val loss": [(1, 1.5)], "val loss": [(2, 1.25)], "Val accuracy": [(1, 50.0)]},
    ),
    "the best epochs are talked of": (
        "Epoch 1 val_loss 1.5 -> saved best model\nEpoch 2 val_loss 1.75\nEpoch 3 val_loss 1.25 -> saved best model\n"
        "Epoch 4 | val_loss 1.375 | best val_loss 1.25 (epoch 3)\n"
        "Epoch 4, global step 9: 'val_loss' reached 1.375 (best 1.375), saving model to 'a.ckpt' as top 1\n",
        {"val_loss": [(1, 1.5), (2, 1.75), (3, 1.25), (4, 1.375)]},
    ),
    "sentences about files": (
        "Epoch 1 val loss 1.5\nValidation loss decreased from inf to 1.5. Saving model\nEpoch 2 val loss 1.25\n"
        "Validation loss decreased (1.500000 --> 1.250000).  Saving model ...\n"
        "Loss went from 1.5 to 1.25, model saved\n"
        "Checkpoint of epoch 2 with val loss 1.25 saved\n",
        {"val loss": [(1, 1.5), (2, 1.25)]},
    ),
    "verl": (
        "(TaskRunner pid=123) step:12 - actor/loss:0.5 - val-core/openai/gsm8k/acc/mean@1:0.61\n",
        {"actor/loss": [(12, 0.5)], "val-core/openai/gsm8k/acc/mean@1": [(12, 0.61)]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", PRINTED)
def test_what_a_program_prints_is_understood_and_said(program: str) -> None:
    text, expected = PRINTED[program]
    run = of(text)
    assert points(run) == expected
    (said,) = [note.message for note in run.notes if note.code == "SM196"]
    assert next(iter(expected)) in said


def test_a_metric_printed_twice_for_an_epoch_is_said_and_degrades_where_it_is_validations() -> None:
    train = of("Epoch 1 loss: 0.5\nEpoch 1 loss: 0.25\nEpoch 1 val_loss: 1.5\n")
    assert points(train)["loss"] == [(1, 0.25)] and "SM197" in codes(train) and not train.degraded
    assert of("Epoch 1 val_loss: 0.5\nEpoch 1 val_loss: 0.25\n").degraded


def test_two_lines_that_ran_into_one_another_are_left_out() -> None:
    run = of("epoch 1: val loss 0.5\nepoch 2: val loss 0.25 epoch 3: val loss 0.125\nepoch 4: val loss 0.75\n")
    assert points(run)["val loss"] == [(1, 0.5), (4, 0.75)] and run.degraded and "SM102" in codes(run)


def test_a_training_started_again_is_asked_about_as_in_tables() -> None:
    once = "".join(f"Epoch {at}/3\n8/8 - 0s - loss: 0.5 - val_loss: {1 / at}\n" for at in (1, 2, 3))
    with pytest.raises(SelectModelError, match="holds 2 trainings"):
        of(once + "Epoch 1/3\n8/8 - 0s - loss: 0.5 - val_loss: 2.0\n")


def test_a_last_line_that_may_be_cut_waits() -> None:
    run = of("epoch 1: val loss 0.55\nepoch 2: val loss 0.5")
    assert points(run)["val loss"] == [(1, 0.55)] and "SM101" in codes(run)


@pytest.mark.parametrize(
    "text", ["the loss of 3 epochs\n", "pip install x==1.2\n", "Epoch 3 of the moon\n", "error: step 3 failed\n"]
)
def test_other_text_is_no_log(text: str) -> None:
    assert console.sniff(Path("x.txt"), text.encode()) == 0
    with pytest.raises(LogError, match="no line names an epoch or a step beside a metric"):
        of(text)


def test_dictionaries_from_the_first_line_on_are_no_json() -> None:
    for text in (
        PRINTED["dictionaries in dictionaries"][0],
        "{'loss': 0.5, 'epoch': 1.0}\n{'eval_loss': 1, 'epoch': 2}\n",
    ):
        assert console.sniff(Path("x.log"), text.encode()) == 0.45


def test_a_table_beside_it_is_read_instead(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(PRINTED["keras"][0])
    (tmp_path / "training.csv").write_text("epoch,loss,val_loss\n0,0.5,1.5\n1,0.25,1.25\n")
    (found,) = discovery.find(tmp_path)
    assert found.reader == "keras_csv" and "SM162" in {note.code for note in found.notes}


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        of(text + "\n")
    except SelectModelError as refusal:
        assert str(refusal)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
def test_what_the_programs_themselves_printed() -> None:
    for verbose in ("verbose1", "verbose2"):
        run = discovery.find(SHARED / "samples" / "keras_stdout" / verbose / "stdout.log")[0].read()
        assert run.series["val_loss"].steps.tolist() == [1, 2, 3]
    for log in (SHARED / "samples" / "gbm_text").glob("*.log"):
        assert len(discovery.find(log)[0].read().series) == 4


def test_the_name_of_a_logger_stands_before_the_level(tmp_path: Path) -> None:
    """``%(asctime)s - %(name)s - %(levelname)s - %(message)s``, as OpenMMLab and many others print."""
    stamp = "2020-10-15 16:42:58,855 - mmdet - INFO - "
    lines = []
    for epoch, value in enumerate((0.25, 0.5, 0.375), 1):
        lines.append(f"{stamp}Epoch [{epoch}][50/100]\tlr: 1.0e-03, loss_cls: 0.5, loss: {1.5 - epoch / 8}")
        lines.append(f"{stamp}Epoch(val) [{epoch}][1875]\tbbox_mAP: {value}, bbox_mAP_50: 0.5")
    (tmp_path / "train.log").write_text("\n".join(lines) + "\n")
    run = sm.read(tmp_path / "train.log")
    assert run.format == "console"
    report = sm.recommend(run)
    assert report.monitor.name == "val bbox_mAP" and report.recommended.epoch == 2
