"""Makes orbax/: a softmax regression on two noisy clouds, its checkpoints kept by Orbax with the metrics of each.

Versions: orbax-checkpoint 0.12.8, jax 0.10.2. Takes seconds. From this folder:

    python make_orbax.py
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import orbax.checkpoint as ocp

HERE = Path(__file__).resolve().parent / "orbax"
STEPS, EVERY, KEPT = 400, 20, 10


def clouds(generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 40) of two classes that differ in one direction, and the classes."""
    classes = generator.integers(0, 2, n)
    points = generator.normal(size=(n, 40))
    points[:, 0] += 1.5 * (2 * classes - 1)
    return points, classes


def main() -> None:
    """Trains on few points, so that it overfits; the best ten by validation loss are kept, without their weights."""
    generator = np.random.default_rng(0)
    (points, classes), (others, answers) = clouds(generator, 60), clouds(generator, 400)
    weights = np.zeros(40)
    shutil.rmtree(HERE, ignore_errors=True)
    options = ocp.CheckpointManagerOptions(max_to_keep=KEPT, best_fn=lambda told: told["val_loss"], best_mode="min")
    with ocp.CheckpointManager(HERE, options=options) as manager:
        for step in range(STEPS + 1):
            if step % EVERY == 0:
                chance = 1 / (1 + np.exp(-(others @ weights)))
                loss = -np.mean(np.log(np.where(answers == 1, chance, 1 - chance)))
                told = {"val_loss": float(loss), "val_accuracy": float(np.mean((chance > 0.5) == answers))}
                manager.save(step, args=ocp.args.StandardSave({"weights": weights}), metrics=told)
                manager.wait_until_finished()
            chance = 1 / (1 + np.exp(-(points @ weights)))
            weights = weights + 0.1 * points.T @ (classes - chance) / len(points)
    for folder in HERE.glob("*/default"):
        shutil.rmtree(folder)
    for file in HERE.glob("*/**/commit_success.txt"):
        file.unlink()


if __name__ == "__main__":
    main()
