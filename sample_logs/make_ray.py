"""Makes ray/: two trials of Ray Tune with reports by a formula, a checkpoint at every other report.

Versions: ray 2.60.0. Takes half a minute. From this folder:

    python make_ray.py

What tells of the machine (host, address, process) is replaced, and pickles are left out.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import ray
from ray import tune

HERE = Path(__file__).resolve().parent / "ray"
ITERATIONS = 8


def trial(config: dict[str, Any]) -> None:
    """Reports a loss that is lowest at the fifth report and an accuracy that is highest at the sixth."""
    for at in range(ITERATIONS):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "weights.txt").write_text("weights were here\n")
            kept = tune.Checkpoint.from_directory(folder) if at % 2 else None
            metrics = {"val_loss": abs(at - 4) * config["lr"] + 0.2, "val_accuracy": 0.8 - abs(at - 5) / 50}
            tune.report(metrics, checkpoint=kept)


def main() -> None:
    """Runs the trials elsewhere and keeps of them what is text."""
    with tempfile.TemporaryDirectory() as folder:
        ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
        space = {"lr": tune.grid_search([0.1, 0.2]), "model": {"layers": 2}}
        tune.Tuner(trial, param_space=space, run_config=tune.RunConfig(storage_path=folder, name="ray")).fit()
        ray.shutdown()
        shutil.rmtree(HERE, ignore_errors=True)
        unwanted = shutil.ignore_patterns("*.pkl", "*state*", ".*", "events.*", "error.*")
        shutil.copytree(Path(folder, "ray"), HERE, ignore=unwanted)
    for file in (*HERE.glob("*/result.json"), *HERE.glob("*/progress.csv")):
        text = re.sub(r'"pid": \d+, "hostname": "[^"]*", "node_ip": "[^"]*"',
                      '"pid": 1, "hostname": "host", "node_ip": "127.0.0.1"', file.read_text())  # fmt: skip
        file.write_text(re.sub(r",\d+,[^,]+,\d+\.\d+\.\d+\.\d+,", ",1,host,127.0.0.1,", text))


if __name__ == "__main__":
    main()
