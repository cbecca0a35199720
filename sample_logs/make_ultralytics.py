"""Makes sample_logs/ultralytics: a YOLO classifier of handwritten digits trained from scratch, with names of weights.

    pip install ultralytics==8.4.190 torch==2.13.0 scikit-learn==1.9.1
    python sample_logs/make_ultralytics.py

A tenth of the labels of the training images is wrong, so that it overfits. Weights are replaced by a line of text.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

HERE = Path(__file__).parent
TRAIN, VALIDATION, EPOCHS = 400, 400, 24


def images(folder: Path) -> Path:
    """The digits as files, a folder a class."""
    digits = load_digits()
    random = np.random.default_rng(0)
    order = random.permutation(len(digits.images))[: TRAIN + VALIDATION]
    for place, at in enumerate(order):
        split, label = ("train", digits.target[at]) if place < TRAIN else ("val", digits.target[at])
        if split == "train" and random.random() < 0.1:
            label = random.integers(10)
        home = folder / split / str(label)
        home.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[at] * 15.9).astype(np.uint8)).resize((32, 32)).convert("RGB").save(
            home / f"{at}.png"
        )
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["YOLO_CONFIG_DIR"] = place
        from ultralytics import YOLO, settings

        settings.update({"sync": False, "tensorboard": False})
        runs = Path(place) / "runs"
        YOLO("yolo11n-cls.yaml").train(
            data=str(images(Path(place) / "digits")), epochs=EPOCHS, imgsz=32, batch=50, workers=0, device="cpu",
            project=str(runs), name="train", save_period=6, plots=False, seed=1, optimizer="AdamW", lr0=0.002,
            erasing=0.0, auto_augment=None, fliplr=0.0, hsv_h=0.0, hsv_s=0.0, hsv_v=0.0, scale=0.1,
        )  # fmt: skip
        kept = HERE / "ultralytics"
        shutil.rmtree(kept, ignore_errors=True)
        (kept / "weights").mkdir(parents=True)
        shutil.copy(runs / "train" / "results.csv", kept)
        told = (runs / "train" / "args.yaml").read_text().replace(str(runs), "runs").replace(place, ".")
        (kept / "args.yaml").write_text(told)
        for path in sorted((runs / "train" / "weights").iterdir()):
            (kept / "weights" / path.name).write_text("weights were here\n")


if __name__ == "__main__":
    main()
