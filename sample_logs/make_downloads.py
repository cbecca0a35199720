"""Makes tensorboard_download/overfitting/: the fit of keras_tensorboard/overfitting as TensorBoard's page downloads it.

TensorBoard itself serves the event files and is asked what its page asks it; the files have the names that the page
gives them. A second run gives the same bytes.

Written with Python 3.11, tensorboard 2.21.0. Seconds on one core::

    python -m venv venv
    venv/bin/pip install tensorboard==2.21.0
    venv/bin/python sample_logs/make_downloads.py
"""

from __future__ import annotations

from pathlib import Path

from tensorboard import default, program
from tensorboard.backend import application
from tensorboard.backend.event_processing import data_ingester
from tensorboard.plugins.scalar import scalars_plugin
from werkzeug.test import Client

HERE = Path(__file__).resolve().parent
EVENTS = HERE / "keras_tensorboard" / "overfitting"
DOWNLOADS = HERE / "tensorboard_download" / "overfitting"
RUNS = ("train", "validation")
TAGS = ("epoch_accuracy", "epoch_loss")


def server() -> Client:
    """TensorBoard on the event files, without a port."""
    board = program.TensorBoard(plugins=[*default.get_plugins()])
    board.configure(argv=["tensorboard", "--logdir", str(EVENTS), "--load_fast", "false", "--reload_interval", "0"])
    ingester = data_ingester.LocalDataIngester(board.flags)
    ingester.start()
    data, assets = ingester.data_provider, board.assets_zip_provider
    return Client(application.TensorBoardWSGIApp(board.flags, board.plugin_loaders, data, assets))


def main() -> None:
    """Writes one file a run and tag."""
    client, place = server(), f"/data/plugin/{scalars_plugin.ScalarsPlugin.plugin_name}/scalars"
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    for run in RUNS:
        for tag in TAGS:
            answer = client.get(place, query_string={"run": run, "tag": tag, "format": "csv"})
            (DOWNLOADS / f"run-{run}-tag-{tag}.csv").write_bytes(answer.get_data())


if __name__ == "__main__":
    main()
