"""A check that may fail a gate, and has nothing to look at, does not let it pass: the verdict says what is missing."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from all_rows import all_hold
from cli import command, logged
from places import ROOT
from questions import ask_of
from test_check_laws import CHECKS, ODD, find, told

from selectmodel import registry

#: Checks that see something in any log, or that only ask what is there: no checkpoint, no callback, no second run.
ALWAYS = {"framework_best", "no_checkpoint", "resumed", "sparse_evaluation"}
ACCURACY_ONLY = "epoch,val_accuracy\n" + "".join(f"{i},{0.5 + 0.02 * i:.2f}\n" for i in range(20))


def lacks(check: str, name: str) -> str:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        module = registry.load("checks", check)
        return module.lacks(ODD[name]) if module.lacks is not None else ""


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_says_what_it_lacks(check: str) -> None:
    says = registry.load("checks", check).lacks
    if says is not None:
        said = says(ask_of([0.5], "max", monitor="val_accuracy"))
        assert said and "\n" not in said and not said.endswith(".")
        assert says(told(40)) == ""


def test_only_those_say_nothing_that_can_always_look() -> None:
    own = {check for check in CHECKS if (ROOT / "selectmodel" / "checks" / f"{check}.py").exists()}
    silent = {check for check in own if registry.load("checks", check).lacks is None}
    assert silent >= ALWAYS


@pytest.mark.parametrize("check", CHECKS)
def test_what_finds_something_lacks_nothing(check: str) -> None:
    def holds(name: str) -> None:
        lacking = lacks(check, name)  # never raises
        if find(check, ODD[name]) and check != "constant":
            assert lacking == ""

    all_hold(ODD, holds)


@pytest.mark.parametrize("checks", [["overfitting"], ["overfitting", "saturated", "diverged"]])
def test_a_gate_does_not_pass_on_what_a_check_could_not_see(
    checks: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(tmp_path, monkeypatch, ACCURACY_ONLY)
    sets = [word for check in checks for word in ("--set", f"checks.{check}=fail")]
    done = command(capsys, "gate", log, "--min", "val_accuracy=0.5", *sets)
    said = " ".join(done.out.split())
    assert done.code == 3
    for check in checks:
        assert check in said and f"--set checks.{check}=warn" in said
    assert "validation loss" in said
    assert command(capsys, "gate", log, "--min", "val_accuracy=0.5").code == 0
    done = command(capsys, "gate", log, "--min", "val_accuracy=0.99", *sets)
    assert done.code == 3  # what could not be judged might have said no, or yes


def test_a_check_that_can_look_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{i},{1 + abs(i - 8) / 20:.3f},{math.exp(-i):.4f}\n" for i in range(20))
    log = logged(tmp_path, monkeypatch, "epoch,val_loss,loss\n" + rows)
    gate = ["gate", log, "--max", "val_loss=2", "--set", "checks.overfitting=fail"]
    assert command(capsys, *gate).code == 1
    assert command(capsys, *gate, "--set", "checks.overfitting.threshold=9").code == 0
    log.write_text("epoch,val_loss,loss\n" + rows + "20,nan,nan\n21,nan,nan\n")
    done = command(capsys, *gate)
    assert done.code == 3 and "is not finite from epoch 20 on" in " ".join(done.out.split())
