"""A rule of any package may tell what its framework keeps in a file whose name tells no epoch."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from selectmodel import recommend, registry
from selectmodel.errors import PluginError
from selectmodel.registry import contract, guard

LOG = "epoch,val_loss,val_accuracy\n0,0.9,0.5\n1,0.5,0.6\n2,0.7,0.8\n3,0.8,0.7\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "best.pt").write_bytes(b"w")
    return tmp_path / "log.csv"


def test_without_a_rule_for_it_a_file_may_hold_two_epochs(log: Path) -> None:
    assert "SM160" in {note.code for note in recommend(log).notes}


def test_a_rule_says_which_epoch_it_holds(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "last", holds=lambda question: {"what we keep": 2})
    report = recommend(log, metric="val_accuracy")
    assert report.recommended.epoch == 2.0
    assert report.recommended.checkpoint is not None and report.recommended.checkpoint.endswith("best.pt")
    assert any(note.code == "SM159" and "what we keep" in note.message for note in report.notes)


def test_a_faulty_one_is_done_without(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(question: Any) -> dict[str, int]:
        raise PluginError("broken")

    pretend(monkeypatch, "last", holds=faulty)
    assert "SM160" in {note.code for note in recommend(log).notes}


def pretend(monkeypatch: pytest.MonkeyPatch, rule: str, holds: Any) -> None:
    load, constant = registry.load, registry.constant

    def loaded(kind: Any, name: str) -> Any:
        found = load(kind, name)
        return dataclasses.replace(found, holds=holds, writes=r"checkpoints/best\.pt$") if name == rule else found

    def constants(kind: Any, name: str, key: str) -> Any:
        return r"checkpoints/best\.pt$" if (name, key) == (rule, "WRITES") else constant(kind, name, key)

    monkeypatch.setattr(registry, "load", loaded)
    monkeypatch.setattr(registry, "constant", constants)


def test_a_pattern_that_is_none_is_refused() -> None:
    made = ModuleType("made")
    exec('WRITES = "best("\ndef pick(question): ...\n', vars(made))
    with pytest.raises(TypeError, match="it takes a regular expression"):
        contract.record_of(contract.Rule, made, name="made", package="", version="")


@pytest.mark.parametrize("answer", [{"why": 99}, {"why": "2"}, {3: 1}])
def test_what_is_no_candidate_is_refused(answer: Any, log: Path) -> None:
    rule = dataclasses.replace(registry.load("rules", "last"), holds=lambda question: answer)
    guarded: Any = guard.guarded(rule, "rule made")
    with pytest.raises(PluginError, match="rule made: holds returned"):
        guarded.holds(recommend(log).question)


@pytest.mark.parametrize(("format", "first"), [("keras_csv", 1), ("ultralytics", 0), ("lightning_csv", None)])
def test_a_reader_says_how_its_framework_numbers_files(format: str, first: int | None) -> None:
    formats = {one: registry.constant("readers", one, "FORMAT") for one in registry.names("readers")}
    assert registry.of_format(formats[format], "FIRST_FILE") == first
