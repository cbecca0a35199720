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
