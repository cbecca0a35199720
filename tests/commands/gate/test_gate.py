"""The gate: what passes, what does not, and that nothing which is not known ever passes.

Numbers in names are the cases of the list of bad inputs that this program answers to; the others are what some other
gate was seen to let through.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from answers import check_answer
from cli import Done, command
from places import SAMPLES

import selectmodel as sm
from selectmodel.cli.main import run
from selectmodel.commands.gate import judge
from selectmodel.commands.gate.verdict import Compared
from selectmodel.policy.conditions import Condition
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Expected, Run, Series
from selectmodel.selection import recommend
from selectmodel.selection.report import Report

HEAD = "epoch,loss,val_loss,val_accuracy,latency\n"


def table(*rows: str, head: str = HEAD) -> str:
    return head + "".join(f"{epoch},{row}\n" for epoch, row in enumerate(rows))


KERAS = SAMPLES / "keras"


#: Epoch 2 is the best: val_loss 0.4, val_accuracy 0.89996.
GOOD = table("1,0.9,0.5,10", "0.8,0.6,0.7,10", "0.6,0.4,0.89996,12", "0.5,0.45,0.9,11")
BASE = table("1,0.9,0.5,10", "0.8,0.41,0.9,10", "0.6,0.5,0.85,10")
#: Another training, with the same numbers at its pick.
LIKE_GOOD = GOOD + "5,0.5,0.9,0.2,9\n"
FIRST = ["--baseline", "base.json", "--max-worse", "val_accuracy=1%"]


@dataclass(frozen=True)
class Case:
    """``code`` and ``says`` (in any order, on standard output or error) are what the command must give."""

    name: str
    flags: str | list[str]
    code: int
    says: str | list[str] = ""
    log: str = GOOD
    files: Mapping[str, str] = field(default_factory=dict)
    make: Callable[[Path], None] | None = None


def pinned(flags: Sequence[str]) -> list[str]:
    """What these cases are about is not which epoch is picked: the lowest val_loss, unless a case says otherwise."""
    return [*flags, "--rule", "best", *(() if "--metric" in flags else ("--metric", "val_loss"))]


def recorded(text: str = BASE, *flags: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "old.csv").write_text(text)
        assert run(["pick", str(folder / "old.csv"), "--record", str(folder / "base.json"), *pinned(flags)]) == 0

    return make


def spoilt(change: Callable[[str], str]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        recorded()(folder)
        file = folder / "base.json"
        file.write_text(change(file.read_text()))

    return make


def swap(old: str, new: str) -> Callable[[Path], None]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return spoilt(change)


def percent(text: str) -> str:
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return HEAD + "".join(",".join([*row[:3], f"{float(row[3]) * 100:.10g}", row[4]]) + "\n" for row in rows)


def aged(days: float) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        when = (folder / "log.csv").stat().st_mtime - days * 86_400
        os.utime(folder / "log.csv", (when, when))

    return make


def checkpoints(*names: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "ckpt").mkdir()
        for name in names:
            (folder / "ckpt" / name).write_bytes(name.encode())

    return make


EPOCHS = [f"model_epoch={epoch}.ckpt" for epoch in range(4)]
CASES = [
    # bounds
    Case("a bound that is met", "--min val_accuracy=0.89 --max val_loss=0.5", 0, "PASS"),
    Case("75: as many digits as show why", "--min val_accuracy=0.9", 1, "val_accuracy is 0.89996, below 0.9"),
    Case("equal to the bound", "--max val_loss=0.4", 0, "at most 0.4"),
    Case("76: noise of single precision is named", "--min val_accuracy=0.9", 0, "equals 0.9 in the single precision",
         log=table("1,0.4,0.8999999761581421,1")),
    Case("76: but no more than that", "--min val_accuracy=0.9", 1, "below 0.9", log=table("1,0.4,0.899999,1")),
    Case("several conditions on one metric", "--min val_accuracy=0.8 --min val_accuracy=0.95", 1, "below 0.95"),
    Case("a constraint that is no quality metric", "--max latency=11", 1, "latency is 12, above 11"),
    Case("nothing to judge by is not a pass", "", 2, "nothing to judge by"),
    Case("unknown metric", "--min val_acuracy=0.5", 2, ["has no metric val_acuracy", "did you mean val_accuracy?"]),
    Case("a metric of another case", "--min VAL_accuracy=0.5", 2, "did you mean val_accuracy?"),
    Case("nan as a bound", "--min val_accuracy=nan", 2, "finite number"),
    Case("infinity as a bound", "--max val_loss=inf", 2, "finite number"),
    Case("an overflowing bound", "--max val_loss=1e999", 2, "finite number"),
    Case("a bound that is no number", "--min val_accuracy=high", 2, "finite number"),
    Case("no bound", "--min val_accuracy", 2, "write METRIC=VALUE"),
    Case("a negative margin", "--baseline b --max-worse val_accuracy=-1", 2, "not below 0"),
    Case("a nan margin in percent", "--baseline b --max-worse val_accuracy=nan%", 2, "not below 0"),
    Case("contradiction", "--min val_loss=0.5 --max val_loss=0.4", 2, "no value is at least 0.5 and at most 0.4"),
    Case("a bound in percent on a share", "--min val_accuracy=90", 2, "write 0.9"),
    Case("a share on a metric in percent", "--min val_accuracy=0.9", 2, "write 90", log=percent(GOOD)),
    Case("percent on percent", "--min val_accuracy=89.9", 0, log=percent(GOOD)),
    Case("80: --metric matches nothing", "--min val_loss=0 --metric val_los", 2, "did you mean"),
    Case("an unknown direction is asked for", "--baseline old.csv --max-worse magic=1%", 2, "magic:min=",
         log=GOOD.replace("latency", "magic"), files={"old.csv": BASE.replace("latency", "magic")}),
    Case("a direction that is given", "--baseline old.csv --max-worse magic:min=1%", 1, "2 worse than",
         log=GOOD.replace("latency", "magic"), files={"old.csv": BASE.replace("latency", "magic")}),
    # values that are none
    Case("67: NaN at the recommended epoch", "--min val_accuracy=0", 3, "val_accuracy has no value at epoch 2",
         log=GOOD.replace("0.89996", "nan")),
    Case("infinite at the recommended epoch", "--min val_accuracy=0", 3, "val_accuracy",
         log=GOOD.replace("0.89996", "inf")),
    Case("not logged at the recommended epoch", "--min val_accuracy=0", 3, "has no value at epoch 2",
         log=GOOD.replace("0.89996", "")),
    Case("68: minus infinity is not the best", "--max val_loss=0.5", 0, "SM168", log=GOOD.replace("0.6,0.7",
         "-inf,0.7")),
    Case("68: minus zero and a subnormal", "--max val_loss=0", 0, log=table("1,-0.0,0.9,1", "1,5e-324,0.9,1")),
    Case("69: a constant metric", "--max val_loss=0.4", 0, "SM164", log=table("1,0.4,0.9,1", "1,0.4,0.9,1")),
    Case("70: the best epoch is the last", "--max val_loss=0.5", 0, log=table("1,0.6,0.9,1", "1,0.4,0.9,1")),
    Case("no epochs", "--max val_loss=1", 3, "error", log=HEAD),
    Case("empty log", "--max val_loss=1", 3, "empty", log=""),
    Case("no log", "--max val_loss=1", 3, "no such file", make=lambda folder: (folder / "log.csv").unlink()),
    # the run
    Case("degraded", "--max val_loss=1", 3, ["REFUSED", "--allow-degraded"], log=GOOD + "4,1\n5,0.5,0.5,0.5,1\n"),
    Case("degraded, allowed", "--max val_loss=1 --allow-degraded", 0, "allowed", log=GOOD + "4,1\n5,0.5,0.5,0.5,1\n"),
    Case("cut last line", "--max val_loss=1", 3, ["looks unfinished", "--allow-running"], log=GOOD + "4,0.4,0.3"),
    Case("cut last line, allowed", "--max val_loss=1 --allow-running", 0, log=GOOD + "4,0.4,0.3"),
    Case("too few epochs", "--min-epochs 5", 1, "4 epochs are logged, fewer than 5"),
    Case("enough epochs", "--min-epochs 4", 0),
    Case("an old log", "--max-age-days 7", 1, "more than 7 days ago", make=aged(8)),
    Case("a young log", "--max-age-days 7", 0, "within 7 days ago", make=aged(1)),
    Case("77: a log of the future", "--max-age-days 7", 3, "in the future", make=aged(-1)),
    # files
    Case("71: two files of one epoch", "--max val_loss=1 --checkpoints ckpt", 2, "--checkpoint-glob",
         make=checkpoints("a_epoch=2.ckpt", "a_epoch=2-v1.ckpt", "a_epoch=1.ckpt")),
    Case("70: the best epoch has no file, the shipped one has", "--max val_loss=1 --checkpoints ckpt", 0,
         ["epoch 0 of log.csv", "model_epoch=1.ckpt is there"], make=checkpoints("model_epoch=1.ckpt")),
    Case("70: and is judged", "--max val_loss=0.5 --checkpoints ckpt", 1,
         ["epoch 0 of log.csv", "val_loss is 0.9"], make=checkpoints("model_epoch=1.ckpt")),
    Case("72: the file is empty", "--max val_loss=1 --checkpoints ckpt", 0, f"{EPOCHS[3]} is there",
         make=lambda folder: [checkpoints(*EPOCHS)(folder), (folder / "ckpt" / EPOCHS[2]).write_bytes(b"")][0]),
    Case("a file is asked for", "--max val_loss=1 --checkpoint always", 1, "no checkpoints were found"),
    Case("the file is there", "--max val_loss=1 --checkpoints ckpt", 0, EPOCHS[2], make=checkpoints(*EPOCHS)),
    Case("in production", f"--production ckpt/{EPOCHS[2]} --checkpoints ckpt", 0, "the same file",
         make=checkpoints(*EPOCHS)),
    Case("another file in production", f"--production ckpt/{EPOCHS[1]} --checkpoints ckpt", 1, "another file",
         make=checkpoints(*EPOCHS)),
    Case("no file in production", "--production gone.ckpt --checkpoints ckpt", 3, "not there",
         make=checkpoints(*EPOCHS)),
    Case("production by its hash", f"--production {'0' * 64} --checkpoints ckpt", 1, "another file",
         make=checkpoints(*EPOCHS)),
    # the baseline
    Case("within the margin", FIRST, 0, ["1%, that is 0.009", "PASS"], make=recorded()),
    Case("beyond the margin", "--baseline base.json --max-worse val_accuracy=0.00001", 1, "worse than",
         make=recorded()),
    Case("a margin of nothing, met by the same value", "--baseline base.json --max-worse val_accuracy=0", 0, "the same",
         make=recorded(LIKE_GOOD)),
    Case("no gain", "--baseline base.json --min-gain val_accuracy=0.01", 1, "a gain of at least 0.01", make=recorded()),
    Case("a gain", "--baseline base.json --min-gain val_loss=0.01", 0, "0.01 better than", make=recorded()),
    Case("noise of the last digit is no gain", "--baseline base.json --min-gain val_loss=1e-9", 1,
         make=recorded(LIKE_GOOD)),
    Case("a margin against a loss", "--baseline base.json --max-worse val_loss=1%", 1, "worse than",
         make=recorded(BASE.replace("0.41", "0.39"))),
    Case("a relative margin on a negative value", "--baseline base.json --max-worse val_loss=10%", 0,
         log=table("1,-9.5,0.9,1"), make=recorded(table("1,-10,0.9,1"))),
    Case("and beyond it", "--baseline base.json --max-worse val_loss=1%", 1, "worse than",
         log=table("1,-9.5,0.9,1"), make=recorded(table("1,-10,0.9,1"))),
    Case("a share of a baseline of zero", "--baseline base.json --max-worse val_loss=1%", 2, "as a number",
         log=table("1,0.1,0.9,1"), make=recorded(table("1,0,0.9,1"))),
    Case("a log as the baseline", "--baseline old.csv --max-worse val_accuracy=1%", 0, "judged by this policy",
         files={"old.csv": BASE}),
    Case("73: another case in the baseline", FIRST, 2, "has val_Accuracy, which is not taken for the same",
         make=recorded(BASE.replace("val_accuracy", "val_Accuracy"), "--metric", "val_loss")),
    Case("74: no baseline", FIRST, 3, ["no such baseline", "--first-run"]),
    Case("74: the first run may pass", [*FIRST, "--first-run", "pass"], 0, ["not compared", "NOT COMPARED"]),
    Case("a first run that fails otherwise", [*FIRST, "--first-run", "pass", "--max", "val_loss=0.1"], 1,
         "NOT COMPARED"),
    Case("74: a dangling link is no first run", [*FIRST, "--first-run", "pass"], 3, "base.json",
         make=lambda folder: (folder / "base.json").symlink_to("gone.json")),
    Case("74: a cut record", FIRST, 3, "is no decision record", make=spoilt(lambda text: text[:300])),
    Case("74: an empty baseline", FIRST, 3, "empty", files={"base.json": ""}),
    Case("74: other direction", "--baseline base.json --max-worse val_accuracy=1% --metric val_accuracy:max", 2,
         "other direction", make=recorded(BASE, "--metric", "val_accuracy:min")),
    Case("74: percent in the baseline", FIRST, 2, "as a percent in the baseline", make=recorded(percent(BASE))),
    Case("picked by another metric", FIRST, 2, "was picked by val_accuracy", make=recorded(BASE, "--metric",
         "val_accuracy")),
    Case("another number of examples", [*FIRST, "--val-size", "100"], 2, "validation examples here",
         make=recorded(BASE, "--val-size", "200")),
    Case("another number of examples by the log itself", ["--baseline", "old.csv", "--max-worse", "val_accuracy=1%"], 2,
         "validation examples here", log=(KERAS / "spike.csv").read_text(),
         files={"old.csv": (KERAS / "overfitting.csv").read_text()}),
    Case("the same number", [*FIRST, "--val-size", "200"], 0, "standard error", make=recorded(BASE, "--val-size",
         "200")),
    Case("data that is named", [*FIRST, "--data-id", "new"], 2, "does not say on what", make=recorded()),
    Case("other data", [*FIRST, "--data-id", "new"], 2, "on 'old' in the baseline",
         make=swap('"data_id": null', '"data_id": "old"')),
    Case("data that only the baseline names", FIRST, 2, "add --data-id",
         make=swap('"data_id": null', '"data_id": "o"')),
    Case("a NaN in the baseline", FIRST, 3, "no finite value in the baseline",
         make=swap('"value": 0.9,', '"value": null, "value_state": "nan",')),
    Case("a null without a state", FIRST, 3, "neither a number", make=swap('"value": 0.9,', '"value": null,')),
    Case("NaN written as such", FIRST, 3, "is no number of JSON", make=swap('"value": 0.9,', '"value": NaN,')),
    Case("an infinite literal", FIRST, 3, "cannot be", make=swap('"value": 0.9,', '"value": 1e999,')),
    Case("a value as text", FIRST, 3, "cannot be", make=swap('"value": 0.9,', '"value": "0.9",')),
    Case("a key twice", FIRST, 3, "stands twice", make=swap('"rule":', '"rule": "best", "rule":')),
    Case("a key that is not known", FIRST, 3, "did you mean rule?", make=swap('"rule":', '"rulle": 1, "rule":')),
    Case("a key that is missing", FIRST, 3, "data_id is missing", make=swap('"data_id": null,', "")),
    Case("a later schema", FIRST, 3, "its schema is 2", make=swap('"schema": 1', '"schema": 2')),
    Case("another answer", FIRST, 3, "'inspect'", make=swap('"command": "decision"', '"command": "inspect"')),
    Case("a merge conflict", FIRST, 3, "is no decision record", make=swap('"rule"', '<<<<<<< HEAD\n"rule"')),
    Case("nested too deeply", FIRST, 3, "nested too deeply",
         make=swap('"keys": {', '"keys": {"x": ' + "[" * 100_000 + "], ")),
    Case("a degraded baseline", "--baseline old.csv --max-worse val_accuracy=1%", 3, "the baseline lost points",
         files={"old.csv": BASE + "3,1\n4,1,1,0.1,1\n"}),
    Case("comparing with nothing named", "--max-worse val_accuracy=1%", 2, "against what?"),
    Case("a baseline and nothing else", "--baseline old.csv", 2, ["no condition uses it", "--max-worse METRIC=MARGIN"]),
    Case("a baseline that nothing uses", "--baseline old.csv --min val_accuracy=0.5", 2, "no condition uses it"),
    Case("a corrected value that is not known", "--min val_accuracy=0.5 --on expected", 3, "is not known"),
    Case("an interval that is not known", "--min val_accuracy=0.5 --on worst", 3, "is not known"),
    # the policy
    Case("78: syntax", "", 2, "selectmodel.toml:2:", files={"selectmodel.toml": "[[gate]]\nmetric = \n"}),
    Case("78: unknown key", "", 2, [":3: gate.mim", "did you mean min?"],
         files={"selectmodel.toml": '[[gate]]\nmetric = "val_loss"\nmim = 1\n'}),
    Case("78: wrong type", "", 2, ":3: gate.max", files={"selectmodel.toml": '[[gate]]\nmetric = "a"\nmax = "1"\n'}),
    Case("78: infinite threshold", "", 2, ":3: gate.max",
         files={"selectmodel.toml": '[[gate]]\nmetric = "a"\nmax = inf\n'}),
    Case("78: duplicate key", "", 2, ":3:", files={"selectmodel.toml": '[[gate]]\nmetric = "a"\nmetric = "b"\n'}),
    Case("78: a gate that is no list", "", 2, "begin each with [[gate]]",
         files={"selectmodel.toml": "[gate]\nmin = 1\n"}),
    Case("78: no metric", "", 2, ":1: gate.metric: name the metric", files={"selectmodel.toml": "[[gate]]\nmin = 1\n"}),
    Case("78: nothing asked", "", 2, "asks for nothing", files={"selectmodel.toml": '[[gate]]\nmetric = "a"\n'}),
    Case("78: an empty file asks for nothing", "", 2, "nothing to judge by", files={"selectmodel.toml": ""}),
    Case("78: all at once", "--min a=nan", 2, ["gate.max", "require.min_epochs", "--min a=nan"],
         files={"selectmodel.toml": '[[gate]]\nmetric = "a"\nmax = inf\n[require]\nmin_epochs = 0\n'}),
    Case("79: a file above the repository is not used", "", 2, "nothing to judge by",
         files={"../selectmodel.toml": '[[gate]]\nmetric = "val_loss"\nmax = 9\n'}),
    Case("a policy file and flags add up", "--max val_loss=0.1", 1, ["above 0.1", "at most 0.5"],
         files={"selectmodel.toml": '[[gate]]\nmetric = "val_loss"\nmax = 0.5\n'}),
    Case("a unit that is stated", "", 1, "below 0.95", log=percent(GOOD).replace("89.996", "0.1"),
         files={"selectmodel.toml": '[[gate]]\nmetric = "val_accuracy"\nmin = 0.95\nunit = "percent"\n'}),
    Case("a unit that is wrong", "", 2, "is logged as a share",
         files={"selectmodel.toml": '[[gate]]\nmetric = "val_accuracy"\nmin = 0.95\nunit = "percent"\n'}),
]  # fmt: skip


def prepared(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    inside = folder / "repository"
    (inside / ".git").mkdir(parents=True)
    monkeypatch.chdir(inside)
    (inside / "log.csv").write_text(case.log)
    for name, text in case.files.items():
        (inside / name).write_text(text)
    if case.make is not None:
        case.make(inside)
    return pinned(case.flags.split() if isinstance(case.flags, str) else case.flags)


def said(done: Done) -> str:
    return " ".join((done.out + done.err).split())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    flags = prepared(case, tmp_path, monkeypatch)
    monkeypatch.setenv("COLUMNS", "300")
    done = command(capsys, "gate", "log.csv", *flags)
    assert done.code == case.code, done
    for words in (case.says,) if isinstance(case.says, str) else case.says:
        assert words in said(done), done
    assert ("PASS" in done.out) == (case.code == 0)
    assert "Traceback" not in done.err
    answer = command(capsys, "gate", "log.csv", *flags, "--format", "json")
    assert answer.code == case.code
    if answer.out:
        verdict = json.loads(answer.out, parse_constant=pytest.fail)
        check_answer(verdict)
        assert verdict["exit_code"] == case.code
        assert (verdict["verdict"] == "pass") == (case.code == 0)
        assert {one["outcome"] for one in verdict["conditions"]} - {"skipped"}


def test_67_all_nan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,val_loss\n0,nan\n1,nan\n")
    done = command(capsys, "gate", log, "--max", "val_loss=1")
    assert (done.code, "ever finite" in said(done)) == (3, True)
    assert command(capsys, "gate", log, "--max", "val_loss=1", "--metric", "val_loss").code == 2


def test_a_first_run_writes_its_record_only_where_it_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(Case("", "", 0), tmp_path, monkeypatch)
    first = pinned([*FIRST, "--first-run", "record"])
    assert command(capsys, "gate", "log.csv", *first, "--max", "val_loss=0.1").code == 1
    assert not Path("base.json").exists()
    done = command(capsys, "gate", "log.csv", *first, "--format", "json", "-o", "verdict.json")
    assert done.code == 0
    assert json.loads(done.out)["baseline"]["compared"] is False
    check_answer(json.loads(Path("base.json").read_text()))
    before = Path("base.json").read_bytes()
    done = command(capsys, "gate", "log.csv", *first, "--format", "json")
    assert (done.code, json.loads(done.out)["baseline"]["compared"]) == (0, False)
    assert Path("base.json").read_bytes() == before
    Path("again.csv").write_text(LIKE_GOOD)
    again = pinned(["--baseline", "verdict.json", "--max-worse", "val_loss=0"])
    assert command(capsys, "gate", "again.csv", *again).code == 0
    command(capsys, "gate", "log.csv", *pinned(["--max", "val_loss=0.1", "-o", "failed.json"]))
    done = command(capsys, "gate", "again.csv", *pinned(["--baseline", "failed.json", "--max-worse", "val_loss=0"]))
    assert (done.code, "did not pass" in said(done)) == (2, True)


def report_of(values: Mapping[str, list[float]], policy: Policy) -> Report:
    count = len(next(iter(values.values())))
    series = {name: Series.of(name, np.arange(count), np.arange(count), column) for name, column in values.items()}
    return recommend.recommend(Run("run", "run", "frame", series), policy)


@pytest.mark.parametrize(
    ("kind", "bound", "on", "result"),
    [
        ("min", 0.9, "value", "pass"),
        ("min", 0.9, "expected", "fail"),
        ("min", 0.88, "expected", "pass"),
        ("min", 0.88, "worst", "fail"),
        ("min", 0.85, "worst", "pass"),
        ("max", 0.92, "value", "pass"),
        ("max", 0.92, "worst", "fail"),
        ("max", 0.94, "worst", "pass"),
    ],
)
def test_the_corrected_value_and_the_worst_end(kind: str, bound: float, on: str, result: str) -> None:
    policy = Policy(metric="val_accuracy", rule="best", gate=(Condition("val_accuracy", kind, bound, on=on),))  # type: ignore[arg-type]
    report = report_of({"val_accuracy": [0.5, 0.91, 0.7]}, policy)
    known = _replace(report, expected=Expected("val_accuracy", 0.89, 0.86, 0.93))
    assert judge.judge(known, policy).result == result
    for expected in (
        None,
        Expected("val_loss", 0.89, 0.86, 0.93),
        Expected("val_accuracy", math.nan, math.nan, math.nan),
    ):
        without = judge.judge(_replace(report, expected=expected), policy)
        assert without.result == ("refused" if on != "value" else result)


@pytest.mark.parametrize(("bound", "result"), [(0.02, "fail"), (0.04, "pass")])
def test_a_worst_end_is_held_against_the_corrected_baseline(bound: float, result: str) -> None:
    policy = Policy(
        metric="val_accuracy", rule="best", gate=(Condition("val_accuracy", "max_worse", bound, on="worst"),)
    )
    report = _replace(
        report_of({"val_accuracy": [0.5, 0.91, 0.7]}, policy), expected=Expected("val_accuracy", 0.89, 0.86, 0.93)
    )
    other = sm.gate(report.run, policy, require={"first_run": "pass"}).decision
    assert other is not None
    baseline = Compared("b", True, "", _replace(other, expected=Expected("val_accuracy", 0.89, 0.86, 0.93)))
    assert judge.judge(report, policy, baseline=baseline).result == result
    assert judge.judge(report, policy, baseline=Compared("b", True, "", other)).result == "refused"


def test_a_finding_that_the_policy_calls_a_failure_fails_the_gate() -> None:
    policy = Policy(rule="best", gate=(Condition("val_loss", "max", 1.0),))
    report = report_of({"val_loss": [0.5, 0.4, 0.7]}, policy)
    for level, result in (("warn", "pass"), ("fail", "fail")):
        finding = CheckFinding("overfitting", "SM201", level, "val_loss rises", (2,), {})  # type: ignore[arg-type]
        assert judge.judge(_replace(report, findings=(finding,)), policy).result == result


def test_a_log_that_is_written_to_meanwhile_is_not_judged() -> None:
    policy = Policy(rule="best", gate=(Condition("val_loss", "max", 1.0),))
    report = report_of({"val_loss": [0.5, 0.4, 0.7]}, policy)
    assert judge.judge(report, policy, facts=judge.Facts(changed=True)).result == "refused"
    aged_one = _replace(policy, require={"max_age_days": 1.0})
    assert judge.judge(report, aged_one, facts=judge.Facts()).result == "refused"


def test_nothing_judged_is_never_a_pass() -> None:
    assert sm.Verdict("x", ()).result == "refused"
    assert sm.Verdict("x", ()).exit_code == 3
    with pytest.raises(sm.UsageError, match="nothing to judge by"):
        sm.gate(sm.Run.from_frame(_frame()))


def _frame():  # type: ignore[no-untyped-def]
    import pandas as pd

    return pd.DataFrame({"epoch": [0, 1, 2], "val_loss": [0.5, 0.4, 0.6], "val_accuracy": [0.7, 0.8, 0.9]})


def test_python(tmp_path: Path) -> None:
    run = sm.Run.from_frame(_frame(), name="mine")
    verdict = sm.gate(run, metric="val_loss", rule="best", conditions=[{"metric": "val_accuracy", "min": 0.75}])
    assert (verdict.result, verdict.exit_code) == ("pass", 0)
    again = sm.gate(
        run,
        metric="val_loss",
        rule="best",
        conditions=[{"metric": "val_loss", "min_gain": 0.1}],
        baseline=verdict.decision,
    )
    assert (again.result, again.exit_code) == ("fail", 1)
    check_answer(again.to_dict())
    with pytest.raises(sm.PolicyError) as failure:
        sm.gate(
            run,
            metric="val_loss",
            rule="best",
            conditions=[{"metric": "a", "mim": 1}, {"min": math.nan}],
            require={"min_epoch": 1},
        )
    assert len(failure.value.problems) == 5


def _replace(record, **fields):  # type: ignore[no-untyped-def]
    import dataclasses

    return dataclasses.replace(record, **fields)
