"""Plug-ins of other packages: used through entry points for all that ours are used for; a faulty one harms nobody.

The packages ``acme`` and ``broken`` beside this file are installed into folders of their own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest
import warm
from answers import check_answer
from installing import PLUGINS, install

LOG = "".join(
    f'{{"epoch": {e}, "loss": {1 / (e + 1):.3f}, "val_loss": {abs(e - 3) / 10 + 0.5:.3f}}}\n' for e in range(6)
)
CSV = "epoch,loss,val_loss\n" + "".join(f"{e},{1 / (e + 1):.3f},{abs(e - 2) / 10 + 0.5:.3f}\n" for e in range(6))


class Environment:
    """A folder of installed packages, and one to work in."""

    def __init__(self, folder: Path, *packages: str) -> None:
        self.site, self.work = folder / "site", folder / "work"
        for package in packages:
            install(package, self.site)
        self.work.mkdir(parents=True)
        (self.work / ".git").mkdir()

    def run(self, *arguments: str, code: int = 0, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """``selectmodel ARGUMENTS``, which must end with this exit code."""
        done = subprocess.run(
            [warm.program(self.site), *arguments],
            capture_output=True,
            text=True,
            input=given,
            cwd=self.work,
            env={**os.environ, "COLUMNS": "400"},
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *arguments: str) -> dict[str, Any]:
        """The JSON answer of a command, which its schema describes."""
        answer: dict[str, Any] = json.loads(self.run(*arguments, "--format", "json").stdout)
        check_answer(answer)
        return answer


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Sound plug-ins, a log of their format, and folders of one and of two such logs."""
    made = Environment(tmp_path_factory.mktemp("acme"), "acme")
    (made.work / "log.jsonl").write_text(LOG)
    for name in ("one/log.jsonl", "two/a.jsonl", "two/b.jsonl"):
        (made.work / name).parent.mkdir(exist_ok=True)
        (made.work / name).write_text(LOG if name != "two/b.jsonl" else LOG.replace("0.5", "0.4"))
    return made


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Sound and faulty plug-ins, and logs of our own and of their formats."""
    made = Environment(tmp_path_factory.mktemp("broken"), "acme", "broken")
    (made.site / "broken_selectmodel" / "no_python.py").write_text('"""It is not Python."""\n\ndef pick(question:\n')
    (made.work / "log.csv").write_text(CSV)
    (made.work / "log.jsonl").write_text(LOG)
    (made.work / "log.broken").write_text("BROKEN\n")
    for name in ("a", "b"):
        (made.work / "runs" / name).mkdir(parents=True)
        (made.work / "runs" / name / "log.csv").write_text(CSV)
    return made


def test_a_reader_reads_a_named_file_standard_input_and_folders(acme: Environment) -> None:
    named, piped = acme.json("pick", "log.jsonl"), json.loads(acme.run("pick", "-", "--format=json", given=LOG).stdout)
    found = acme.json("pick", "one")
    for answer in (named, piped, found):
        assert answer["run"]["format"] == "acme_jsonl"
        assert answer["recommended"]["epoch"] == 3
        assert answer["run"]["notes"] == []
    assert "acme jsonl" in acme.run("inspect", "one").stdout
    assert "log format" in acme.run("explain", "acme_jsonl").stdout


@pytest.mark.heavy
def test_a_reader_serves_rank_also_where_runs_are_remembered(acme: Environment) -> None:
    cold, warm = (acme.json("rank", "two", "--cache", "cache.sqlite3") for _ in range(2))
    assert [run["run"] for run in cold["runs"]] == ["b.jsonl", "a.jsonl"]
    assert cold == warm
    (acme.work / "two" / "a.jsonl").write_text(LOG.replace("0.5", "0.3"))
    assert acme.json("rank", "two", "--cache", "cache.sqlite3")["runs"][0]["run"] == "a.jsonl"


@pytest.mark.heavy
def test_what_is_remembered_hangs_on_the_plug_in(acme: Environment) -> None:
    module = acme.site / "acme_selectmodel" / "middle.py"
    before = acme.json("rank", "one", "--rule", "middle", "--cache", "rules.sqlite3")["runs"][0]["epoch"]
    text = module.read_text()
    module.write_text(text.replace("len(allowed) // 2 + shift", "shift"))
    try:
        after = acme.json("rank", "one", "--rule", "middle", "--cache", "rules.sqlite3")["runs"][0]["epoch"]
    finally:
        module.write_text(text)
    assert (before, after) == (3, 0)


def test_a_rule_recommends_lists_and_explains_itself(acme: Environment) -> None:
    assert re.search(r"^middle +not measured +The middle validation", acme.run("rules").stdout, flags=re.MULTILINE)
    page = acme.run("explain", "middle").stdout
    assert "for no good reason" in page and "middle.shift" in page
    answer = acme.json("pick", "log.jsonl", "--rule", "middle", "--set", "middle.shift=1")
    assert answer["recommended"]["epoch"] == 4
    assert "middle" in {pick["rule"] for pick in acme.json("pick", "log.jsonl")["picks"]}
    assert "from 0 to 3" in acme.run("pick", "log.jsonl", "--set", "middle.shift=9", code=2).stderr


def test_a_check_finds_and_its_level_is_policy(acme: Environment) -> None:
    (found,) = [one for one in acme.json("pick", "log.jsonl")["findings"] if one["name"] == "long_run"]
    assert (found["code"], found["level"], found["message"]) == ("ACME1", "note", "the run has 6 validations")
    assert "ACME1" not in acme.run("pick", "log.jsonl", "--set", "checks.long_run=off").stdout
    assert "ACME1" not in acme.run("pick", "log.jsonl", "--set", "checks.long_run.least=7").stdout
    assert "ACME1" in acme.run("checks").stdout
    assert "checks.long_run.least" in acme.run("explain", "ACME1").stdout


def test_a_subject_advises(acme: Environment) -> None:
    assert "Sleep for 9 hours." in acme.run("advise", "log.jsonl", "--set", "advice.sleep.hours=9").stdout
    assert "Sleep for 8 hours." in acme.run("pick", "log.jsonl").stdout
    assert "advice.sleep.hours" in acme.run("explain", "advice.sleep").stdout


def test_a_report_is_printed_and_written(acme: Environment) -> None:
    rules = len(acme.json("pick", "log.jsonl")["picks"])
    assert acme.run("pick", "log.jsonl", "--format", "tally").stdout == "|" * rules + "\n"
    acme.run("pick", "log.jsonl", "-o", "out.strokes")
    assert (acme.work / "out.strokes").read_text() == "|" * rules + "\n"
    assert ".tally" in acme.run("pick", "log.jsonl", "-o", "out.tal", code=2).stderr


def test_all_are_listed(acme: Environment) -> None:
    listed = acme.json("explain", "plugins")["plugins"]
    known = "advice sleep, checks long_run, readers acme_jsonl, reports tally, rules middle"
    assert ", ".join(f"{one['kind']} {one['name']}" for one in listed) == known
    assert {(one["package"], one["version"], one["fault"]) for one in listed} == {("acme-selectmodel", "1.2", "")}
    assert "works" in acme.run("explain", "plugins").stdout


#: Faulty plug-in → a part of what is said of it.
FAULTS = {
    "best": "not used: one of selectmodel has this name",
    "two words": "its name must be of small letters",
    "raises_on_import": "cannot be imported (ZeroDivisionError: division by zero)",
    "exits_on_import": "cannot be imported (SystemExit: 3)",
    "not_there": "cannot be imported (ModuleNotFoundError: No module named",
    "no_python": "cannot be imported (SyntaxError: ",
    "no_pick": "has no function pick: the candidate it recommends",
    "misspelt_pick": "pik is no function of its kind; did you mean pick?",
    "misspelt_constant": "MONITOR_THE_LOSS is no constant of its kind; did you mean MONITORS_THE_LOSS?",
    "wrong_constant": 'LUCK is \'much\'; it takes "lowest loss", "highest score" or two numbers',
    "wrong_settings": "the settings of pick cannot be read (setting weight needs Annotated[type, Setting(…)])",
    "no_arguments": "pick takes 0 arguments; it must take 1",
    "lost": "selectmodel.rule is no group of plug-ins; did you mean selectmodel.rules?",
    "computed_files": "FILES must be written out",
    "no_code": "has no constant CODE: its stable code",
}
#: Faulty plug-ins that are found out when they are used, and what they are then said to have done.
WHEN_USED = {
    "wrong_answer": "pick returned 0; it must return a Pick",
    "outside": "pick returned 6; it must return the index of an allowed candidate",
    "raises": "pick raised ZeroDivisionError",
    "broken_sniff": "sniff raised ZeroDivisionError",
    "broken_find": "find returned 'all is lost'; it must return findings",
    "broken_advice": "advise raised ZeroDivisionError",
}


def test_each_fault_is_listed_with_its_package(broken: Environment) -> None:
    listed = {one["name"]: one for one in broken.json("explain", "plugins")["plugins"]}
    for name, fault in FAULTS.items():
        assert fault in listed[name]["fault"]
        assert (listed[name]["package"], listed[name]["version"]) == ("broken-selectmodel", "0.3")
    assert all(one["fault"] == "" for name, one in listed.items() if name not in FAULTS)
    assert "did you mean MONITORS_THE_LOSS?" in broken.run("explain", "plugins").stdout


def test_a_pick_without_need_of_them_stands_and_notes_each(broken: Environment, acme: Environment) -> None:
    (acme.work / "log.csv").write_text(CSV)
    sound, answer = acme.json("pick", "log.csv"), broken.json("pick", "log.csv")
    assert answer["recommended"] == sound["recommended"]
    assert answer["findings"] == sound["findings"] and answer["advice"] == sound["advice"]
    by_rule = {pick["rule"]: pick for pick in answer["picks"]}
    assert {rule: pick for rule, pick in by_rule.items() if pick["epoch"] is not None} == {
        pick["rule"]: pick for pick in sound["picks"] if pick["epoch"] is not None
    }
    noted = [note["message"] for note in answer["run"]["notes"] if note["code"] == "SM181"]
    rules = FAULTS.keys() - {"best", "two words", "lost"}  # these have no name to be asked by
    for name, fault in [(name, FAULTS[name]) for name in rules] + list(WHEN_USED.items()):
        (note,) = [message for message in noted if f" {name} (broken-selectmodel 0.3): " in message]
        assert fault in note
        if name in by_rule:
            assert by_rule[name]["reason"] == f"faulty: {note.removesuffix('; it was left out')}"
    assert len(noted) == len(rules) + len(WHEN_USED)


def test_a_check_that_is_faulty_can_be_switched_off(broken: Environment) -> None:
    off = broken.run("pick", "log.csv", *("--set=checks.broken_find=off", "--set=checks.no_code=off")).stdout
    answer = off.partition("more: ")[0]  # the hint repeats what was typed
    assert "broken_find" not in answer and "no_code" not in answer


@pytest.mark.parametrize("rule", [name for name in (*FAULTS, *WHEN_USED) if name in ("no_pick", "raises", "outside")])
def test_a_rule_that_is_asked_for_is_named(rule: str, broken: Environment) -> None:
    told = broken.run("pick", "log.csv", "--rule", rule, code=2).stderr
    assert told.startswith(f"error: rule {rule} (broken-selectmodel 0.3): ")
    assert (FAULTS | WHEN_USED)[rule] in told
    assert len(told.splitlines()) == 1


def test_a_report_matters_only_when_it_is_asked_for(broken: Environment) -> None:
    for given in (("--format", "broken_report"), ("-o", "out.broken")):
        told = broken.run("pick", "log.csv", *given, code=2).stderr
        assert "broken_report (broken-selectmodel 0.3): render raised ZeroDivisionError" in told
    assert not (broken.work / "out.broken").exists()


def test_a_reader_whose_log_is_meant_is_named(broken: Environment) -> None:
    told = broken.run("pick", "log.broken", code=2).stderr
    assert "reader broken_read (broken-selectmodel 0.3): read raised IndexError: list index out of range" in told
    (broken.work / "log.sniff").write_text("0 1\n")
    told = broken.run("pick", "log.sniff", code=3).stderr
    assert "reader broken_sniff (broken-selectmodel 0.3): sniff raised ZeroDivisionError" in told


@pytest.mark.heavy
def test_every_other_command_works_beside_them(broken: Environment) -> None:
    assert len(broken.json("rank", "runs")["runs"]) == 2
    assert broken.json("pick", "runs/a")["recommended"]["epoch"] == 2
    assert broken.json("pick", "log.jsonl")["run"]["format"] == "acme_jsonl"
    assert "broken_advice (broken-selectmodel 0.3)" in broken.run("advise", "log.csv").stdout
    for arguments in (("inspect", "log.csv"), ("rules",), ("checks",), ("compare", "runs/a", "runs/b")):
        broken.json(*arguments)
    broken.run("gate", "log.csv", "--max", "val_loss=9")


@pytest.mark.heavy
def test_pip_installs_the_same(tmp_path: Path) -> None:
    home, ours = tmp_path / "pip", tmp_path / "ours"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(home), str(PLUGINS / "acme")]
    subprocess.run(pip, check=True)
    install("acme", ours)
    declared = [
        {(point.group, point.name, point.value) for point in PathDistribution(info).entry_points}
        for folder in (home, ours)
        for info in folder.glob("*.dist-info")
    ]
    assert declared[0] == declared[1] != set()
    modules = [{path.name: path.read_bytes() for path in (f / "acme_selectmodel").glob("*.py")} for f in (home, ours)]
    assert modules[0] == modules[1]
