"""What SKILL.md teaches is so: the commands and flags exist, and the fields that decide are in the answers."""

from __future__ import annotations

import json
import re

import pytest
from places import ROOT

from selectmodel.cli.main import _COMMANDS, _command
from selectmodel.errors import ExitCode

SKILL = (ROOT / "SKILL.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "selectmodel" / "answers.schema.json").read_text(encoding="utf-8"))["$defs"]


def test_it_begins_with_its_name_and_when_to_use_it() -> None:
    assert re.match(r"---\nname: selectmodel\ndescription: .{50,1024}\n---\n", SKILL)


def test_every_command_and_flag_is_one() -> None:
    named = re.findall(r"`selectmodel (\w+)([^`]*)`", SKILL)
    assert {command for command, _ in named} <= _COMMANDS.keys()
    for command, words in named:
        known = {flag for one in _command(command).params for flag in one.opts} if command != "prune" else {"--yes"}
        assert set(re.findall(r"--[\w-]+", words)) <= known, command


def test_every_flag_is_of_some_command() -> None:
    known = {flag for name in _COMMANDS for one in _command(name).params for flag in one.opts}
    assert set(re.findall(r"--[a-z][\w-]*", SKILL)) <= known


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ReportJson", ("recommended", "best_unsaved", "metric", "clear", "as_good_as", "doubt", "findings", "run")),
        ("RecommendedJson", ("epoch", "step", "checkpoint", "reason", "expected", "values")),
        ("RunJson", ("notes",)),
        ("Note", ("degrades", "level")),
        ("ComparisonJson", ("verdict",)),
        ("RankingJson", ("recommended", "left_out", "apart")),
        ("VerdictJson", ("verdict", "sentence", "conditions")),
    ],
)
def test_the_fields_that_decide_are_in_the_answers(kind: str, fields: tuple[str, ...]) -> None:
    for field in fields:
        assert field in SCHEMA[kind]["properties"]
        assert re.search(rf"\b{field}\b", SKILL)


def test_what_a_verdict_may_be_is_told() -> None:
    for kind in ("ComparisonJson", "VerdictJson"):
        for value in SCHEMA[kind]["properties"]["verdict"]["enum"]:
            assert value is None or f'"{value}"' in SKILL


def test_every_exit_code_of_an_answer_is_told() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", SKILL, flags=re.MULTILINE)}
    assert codes == {int(code) for code in ExitCode if code < 100}
