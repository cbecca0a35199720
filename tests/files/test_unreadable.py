"""A folder that holds only what cannot be read says what lies there, and how to make a log of it."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from selectmodel.errors import LogError
from selectmodel.files import discovery, unreadable


def refusal(place: Path) -> str:
    with pytest.raises(LogError) as told:
        discovery.find(place)[0].read()
    return str(told.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("history.pkl", r"a pickle, which is never loaded .*pickle\.load\(open\('history\.pkl', 'rb'\)\)"),
        (".aim/seqs/CURRENT", r"\.aim/ is Aim's store.*export"),
        (
            "run/all_results.json",
            r"run/all_results\.json is what the Hugging Face Trainer measured.*trainer_state\.json",
        ),
        ("losses.npy", r"numpy arrays.*numpy\.load\('losses\.npy'\)"),
        ("log.parquet", r"read_parquet\('log\.parquet'\)"),
        ("train.ipynb", "a notebook"),
        ("weights.h5", "weights, whose names tell no metric"),
        ("curves.png", "a picture"),
    ],
)
def test_a_folder_says_what_lies_there(tmp_path: Path, name: str, says: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b'{"eval_loss": 0.5}' if name.endswith(".json") else b"\x80\x04K\x01.")
    told = refusal(tmp_path)
    assert "holds no training log" in told and re.search(says, told), told


def test_a_named_file_says_so_too(tmp_path: Path) -> None:
    (tmp_path / "all_results.json").write_text('{\n    "epoch": 3.0,\n    "eval_loss": 0.5\n}')
    assert "trainer_state.json" in refusal(tmp_path / "all_results.json")
    (tmp_path / "history.pkl").write_bytes(pickle.dumps({"loss": [1.0]}))
    assert "json.dump(pickle.load(" in refusal(tmp_path / "history.pkl")


def test_many_of_a_kind_are_told_once(tmp_path: Path) -> None:
    for at in range(12):
        (tmp_path / f"net{at}.pickle").write_bytes(b"\x80\x04K\x01.")
    assert "net0.pickle (and 11 more) is a pickle" in refusal(tmp_path)


def test_a_name_is_put_into_no_command_unless_it_is_plain() -> None:
    assert "open('FILE', 'rb')" in unreadable.of_name("x').read();import os;('.pkl")
    assert unreadable.of_name("notes.txt") == ""


def test_an_empty_folder_says_no_more_than_before(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("to depth 8)")


RUN = "mlruns/0/" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (f"{RUN}/params/epochs", "50", f"its settings or data, no metric; to read the run: .*{RUN}$"),
        (f"{RUN}/inputs/0a/meta.yaml", "source_type: RUN\n", "settings or data"),
        (f"{RUN}/params/layers", "", "what an MLflow run says of itself"),
        (
            f"{RUN}/tags/mlflow.log-model.history",
            '[{"loss": 0.5}, {"loss": 0.25}]',
            "what an MLflow run says of itself",
        ),
        (f"{RUN}/artifacts/model/MLmodel", "artifact_path: model\n", f"of a model .*{RUN}$"),
        (
            "mlruns/0/meta.yaml",
            "experiment_id: '0'\n",
            "an experiment of MLflow, no run; to read its runs: .*mlruns/0$",
        ),
        ("mlruns/models/m/version-1/meta.yaml", "current_stage: None\nrun_id: 0\n", "a model of MLflow's.*mlruns$"),
        (
            "wandb/run-20250101_000000-ab/files/config.yaml",
            "lr:\n  value: 0.5\n",
            "no history; that is in run-ID.wandb",
        ),
        ("params.yaml", "epoch: 3\niou: 0.2\nepochs: 4\nloss: 0.5\n", "YAML, which holds settings"),
        ("settings.yml", "a: 1, b\nc: 2\n", "YAML, which holds settings"),
        (
            "scores.json",
            '{"val": {"f1": 0.5}, "test": {"f1": 0.25}}',
            "values of one moment, and no course over epochs",
        ),
    ],
)
def test_what_lies_beside_a_log_says_what_it_is(tmp_path: Path, name: str, text: str, says: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    told = refusal(place)
    assert re.search(says, told), told


def test_the_folder_to_name_instead_is_right_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / RUN / "params/epochs"
    place.parent.mkdir(parents=True)
    place.write_text("50")
    monkeypatch.chdir(place.parent)
    assert refusal(Path("epochs")).endswith(f"to read the run: {tmp_path / RUN}")
    monkeypatch.chdir(tmp_path)
    assert refusal(Path(RUN, "params/epochs")).endswith(f"to read the run: {RUN}")


def test_what_a_run_of_mlflow_kept_may_be_a_log(tmp_path: Path) -> None:
    place = tmp_path / RUN / "artifacts/train.txt"
    place.parent.mkdir(parents=True)
    place.write_text("epoch 1 val_loss=0.5\nepoch 2 val_loss=0.25\n")
    assert discovery.find(place)[0].read().format == "console"


@pytest.mark.parametrize("begin", ["[2024-01-31 10:00:00,000]", "[INFO]"])
def test_messages_that_begin_with_a_bracket_are_not_called_json(tmp_path: Path, begin: str) -> None:
    (tmp_path / "train.log").write_text(f"{begin} Loading the model\n{begin} Saved\n")
    assert "JSON" not in refusal(tmp_path / "train.log") and "messages" in refusal(tmp_path / "train.log")


@pytest.mark.parametrize("text", ["[]", "[1, 2]", '{"a": []}', "[true]"])
def test_json_that_is_no_log_is_called_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert "JSON" in refusal(tmp_path / "run.json")


@pytest.mark.parametrize("name", ["events.out.tfevents.1.host", "run-ab.wandb", "results.csv", "mlflow.db"])
def test_a_pointer_that_has_the_name_of_a_log_is_called_one(tmp_path: Path, name: str) -> None:
    place = tmp_path / "run" / name
    place.parent.mkdir()
    place.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 40\n")
    assert "git lfs pull" in refusal(place) and "git lfs pull" in refusal(tmp_path)
