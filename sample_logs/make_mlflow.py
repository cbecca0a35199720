"""Makes mlflow/: the training of make_trackers.py under three seeds, in MLflow's store of files and in its database.

The store keeps what a run is read from (metrics, params, meta.yaml without user and paths); of the database the tables
that MLflow uses for other things (registered models, traces, …) are dropped, which takes it from 1 MB to 60 KB.

Written with Python 3.11, scikit-learn 1.9.1, mlflow 3.17.2::

    python -m venv venv
    venv/bin/pip install scikit-learn==1.9.1 mlflow==3.17.2
    venv/bin/python sample_logs/make_mlflow.py
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

from make_trackers import CONFIG, HERE, training

KEPT = {"experiments", "runs", "metrics", "latest_metrics", "params", "alembic_version"}


def log(uri: str) -> None:
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("digits")
    for seed in (1, 2, 3):
        with mlflow.start_run(run_name=f"seed-{seed}"):
            mlflow.log_params({**CONFIG, "seed": seed})
            for epoch, row in enumerate(training(seed)):
                for name, value in row.items():
                    mlflow.log_metric(name.replace("/", "_"), value, step=epoch)


def store(folder: Path) -> None:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    with tempfile.TemporaryDirectory() as scratch:
        log(Path(scratch, "mlruns").as_uri())
        (experiment,) = (path for path in Path(scratch, "mlruns").iterdir() if path.name.isdigit() and path.name != "0")
        for run in (path for path in experiment.iterdir() if (path / "metrics").is_dir()):
            name = re.search(r"run_name: (\S+)", (run / "meta.yaml").read_text())
            assert name is not None
            kept = folder / "mlruns" / "1" / name[1]
            for part in ("metrics", "params"):
                shutil.copytree(run / part, kept / part)
            lines = (run / "meta.yaml").read_text().splitlines(keepends=True)
            told = [line for line in lines if not line.startswith(("artifact_uri", "user_id", "source_", "entry_"))]
            (kept / "meta.yaml").write_text("".join(told))


def database(path: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch, "mlflow.db")
        log(f"sqlite:///{made}")
        connection = sqlite3.connect(made)
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table not in KEPT and not table.startswith("sqlite_"):
                connection.execute(f'DROP TABLE "{table}"')
        connection.execute("UPDATE runs SET user_id = '', artifact_uri = '', source_name = ''")
        connection.execute("UPDATE experiments SET artifact_location = ''")
        connection.commit()
        connection.execute("VACUUM")
        connection.close()
        shutil.copyfile(made, path)


def main() -> None:
    folder = HERE / "mlflow"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    store(folder)
    database(folder / "mlflow.db")


if __name__ == "__main__":
    main()
