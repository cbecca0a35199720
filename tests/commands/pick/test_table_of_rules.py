"""The table of rules: those that a reader needs, one line each; all of them where he asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

from selectmodel import registry

LOG = SAMPLES / "keras/overfitting.csv"
RULES = registry.names("rules")


def shown(out: str) -> list[str]:
    """The rules of the table, in its order."""
    table = out.partition("chosen by\n")[2].partition("\n\n")[0]
    named = re.findall(r"(?<![\w(])(\w+): |also ([\w, ]+)", table)
    return [rule for one, several in named for rule in ([one] if one else several.split(", ")) if rule in RULES]


@pytest.mark.parametrize(
    ("flags", "rules"),
    [
        ([], {"aim_accuracy", "keras", "aim_loss", "patience", "gap", "last"}),
        (["--rule", "one_se"], {"one_se", "keras", "aim_loss", "patience", "gap", "last"}),
        (["--set", "one_se.k=2", "--set", "moving_average.weight=0.5"],
         {"aim_accuracy", "keras", "one_se", "moving_average", "last"}),
    ],
)  # fmt: skip
def test_the_rules_that_a_reader_needs(flags: list[str], rules: set[str], capsys: pytest.CaptureFixture[str],
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", "100")
    brief, full = (command(capsys, "pick", LOG, *flags, *more).out for more in ([], ["--verbose"]))
    assert sorted(shown(brief)) == sorted(rules)
    everything = set(shown(full))
    assert rules < everything and f"{len(everything - rules)} more rules with --verbose" in brief
    assert "more rules" not in full


def test_a_log_without_a_loss_shows_the_best_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert "best" in shown(command(capsys, "pick", SAMPLES / "keras/two_epochs.csv").out)


@pytest.mark.parametrize("log", sorted(Path(SAMPLES / "keras").glob("*.csv")), ids=lambda log: log.stem)
def test_a_rule_has_one_line_at_100_columns(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    done = command(capsys, "pick", log)
    if done.code:
        pytest.skip("the log asks for a choice")
    table = done.out.partition("chosen by\n")[2].partition("\n\n")[0].splitlines()
    told = [line for line in table if ": " in line or "also " in line or "with --verbose" in line]
    assert told == table and max(map(len, table)) <= 100
