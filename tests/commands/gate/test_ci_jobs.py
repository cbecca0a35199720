"""What init writes, the action and the component, run as their CI runs them: one training after the other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ci_files import Forge, Ran, github, gitlab
from cli import command
from places import ROOT

HEADER = "epoch,loss,val_loss,val_accuracy\n"
FIRST = "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.40,0.9\n3,0.5,0.45,0.9\n"
BETTER = "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.35,0.91\n3,0.5,0.45,0.9\n"
WORSE = "0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.42,0.83\n3,0.5,0.45,0.8\n"
POLICY = (
    'metric = "val_loss"\nrule = "best"\ncheckpoints = "off"\n[[gate]]\nmetric = "val_accuracy"\nmin = 0.5\n'
    'max_worse = "1%"\n[require]\nbaseline = "production.json"\nfirst_run = "record"\n'
)
LOG = "my $LOG $(touch owned).csv"
Trained = Callable[..., Ran]


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    monkeypatch.chdir(repository)
    Path(LOG).write_text(HEADER + FIRST)
    return Forge(repository, tmp_path / "ci")


@pytest.fixture(params=["github", "gitlab", "component"])
def trained(request: pytest.FixtureRequest, forge: Forge, capsys: pytest.CaptureFixture[str]) -> Trained:
    """Runs the gate of one system on a training, which begins a fresh checkout each time."""
    kind: str = request.param
    file = {"github": ".github/workflows/selectmodel.yml", "gitlab": ".gitlab/selectmodel.yml"}.get(kind)
    if file is not None:
        assert command(capsys, "init", LOG, "--ci", kind, "--package", "./it.whl").code == 0
    Path("selectmodel.toml").write_text(POLICY)
    text = (forge.repository / file if file else ROOT / "templates/gate.yml").read_text(encoding="utf-8")

    def run(rows: str, *, promote: bool = False, request: bool = False) -> Ran:
        (forge.repository / LOG).write_text(HEADER + rows)
        if kind == "github":
            event = "pull_request" if request else "workflow_dispatch" if promote else "push"
            return github(forge, text, event=event, inputs={"promote": promote} if promote else {})
        source = "merge_request_event" if request else "push"
        if kind == "gitlab":
            return gitlab(forge, text, source=source, PROMOTE=str(promote).lower())
        return gitlab(forge, text, source=source, inputs={"log": LOG, "package": "./it.whl", "promote": promote})

    forge.place.mkdir()
    return run


def judged(ran: Ran) -> tuple[bool, str, bool]:
    """Whether the job passed, the verdict, and whether it was compared with a baseline."""
    answer = json.loads(ran.artifacts["gate.json"])
    return ran.passed, answer["verdict"], bool(answer["baseline"] and answer["baseline"]["compared"])


def test_the_first_run_records_and_the_next_ones_are_held_against_it(trained: Trained, forge: Forge) -> None:
    first = trained(FIRST)
    assert judged(first) == (True, "pass", False), first.said
    assert not (forge.repository / "production.json").exists()  # nothing but what the CI keeps
    better = trained(BETTER)
    assert judged(better) == (True, "pass", True), better.said
    assert better.artifacts["production.json"] == first.artifacts["production.json"]
    worse = trained(WORSE)
    assert judged(worse) == (False, "fail", True), worse.said
    assert judged(trained(FIRST))[0]
    assert forge.pips == "-m pip install --quiet -- ./it.whl\n" * 4


def test_a_model_is_promoted_and_what_it_replaced_is_kept(trained: Trained) -> None:
    first = json.loads(trained(FIRST).artifacts["production.json"])
    assert judged(trained(WORSE, promote=True)) == (False, "fail", True)
    promoted = trained(BETTER, promote=True)
    assert judged(promoted) == (True, "pass", True), promoted.said
    assert json.loads(promoted.artifacts["production.json"])["metrics"]["val_loss"]["value"] == 0.35
    again = trained(WORSE.replace("0.83", "0.895"))  # within 1 % of the first, not of the promoted one
    assert judged(again) == (False, "fail", True), again.said
    assert [json.loads(line) for line in again.artifacts["production.history.jsonl"].splitlines()] == [first]


def test_a_request_is_held_against_the_branch_and_leaves_nothing(trained: Trained) -> None:
    assert judged(trained(BETTER, request=True)) == (True, "pass", False)
    assert judged(trained(FIRST)) == (True, "pass", False)
    assert judged(trained(BETTER, request=True)) == (True, "pass", True)
    assert judged(trained(WORSE, request=True)) == (False, "fail", True)


def test_a_baseline_in_git_wins_over_one_that_was_kept(trained: Trained, forge: Forge) -> None:
    kept = trained(FIRST).artifacts["production.json"]
    record = json.loads(trained(BETTER, promote=True).artifacts["production.json"])
    record["metrics"]["val_accuracy"]["value"] = 0.6
    (forge.repository / "production.json").write_text(json.dumps(record))
    ran = trained(WORSE)
    assert judged(ran) == (True, "pass", True), ran.said
    assert json.loads(ran.artifacts["production.json"]) == record != json.loads(kept)


@pytest.mark.parametrize("log", ["keras/overfitting.csv", "lightning/overfitting", "generic/plateau.csv"])
def test_the_policy_and_the_job_fit_a_log(log: str, forge: Forge, capsys: pytest.CaptureFixture[str]) -> None:
    source = ROOT / "sample_logs" / log
    (shutil.copytree if source.is_dir() else shutil.copy)(source, "my log")
    assert command(capsys, "init", "my log").code == 0
    forge.place.mkdir()
    workflow, policy = Path(".github/workflows/selectmodel.yml").read_text(), Path("selectmodel.toml")
    text = policy.read_text()

    def ran(changed: str) -> Ran:
        policy.write_text(changed)
        return github(forge, workflow)

    assert judged(ran(text)) == (True, "pass", False)
    harder = {"max": "-1e9", "min": "1"}
    failed = ran(re.sub("^(max|min) = .*", lambda found: f"{found[1]} = {harder[found[1]]}", text, flags=re.M))
    assert judged(failed) == (False, "fail", False)
    assert "::error" in failed.said["Judge the model"]
    compared = text.replace("#:", "")
    refused = ran(compared)
    assert judged(refused) == (False, "refused", False)
    assert "no such baseline" in " ".join(refused.said["Judge the model"].split())
    recorded = ran(compared.replace('# first_run = "record"', 'first_run = "record"'))
    assert judged(recorded) == (True, "pass", False), recorded.said
    assert not judged(ran(compared))[0]  # compared with itself
    other = re.sub(b'": "[0-9a-f]{64}"', b'": "' + b"0" * 64 + b'"', recorded.artifacts["production.json"], count=1)
    Path("production.json").write_bytes(other)
    assert judged(ran(compared)) == (True, "pass", True)
    broken = ran(text + "[[gat]]\n")
    assert (broken.passed, "Judge the model" in broken.skipped) == (False, True)


# --- the action -----------------------------------------------------------------------------------------------------

USED = """
on: {{push: , workflow_dispatch: }}
jobs:
  gate:
    steps:
      - uses: actions/checkout@v4
      - id: gate
        uses: ./action
        with: {given}
"""


def used(forge: Forge, **given: str) -> Ran:
    if not forge.place.exists():
        forge.place.mkdir()
        (forge.repository / "action").mkdir()
        (forge.repository / "action/action.yml").write_text((ROOT / "action.yml").read_text(encoding="utf-8"))
        (forge.repository / "selectmodel.toml").write_text(POLICY)
    return github(forge, USED.format(given=json.dumps({"log": LOG, **given})))


def outputs(ran: Ran) -> dict[str, str]:
    return ran.outputs["gate"]["outputs"]  # type: ignore[return-value]


def test_one_line_is_the_whole_gate(forge: Forge) -> None:
    ran = used(forge)
    assert ran.passed, ran.said
    told = {"result": "pass", "verdict": "pass", "epoch": "2", "checkpoint": "", "value": "0.4",
            "report": "gate-reports/gate.html"}  # fmt: skip
    assert outputs(ran) == told
    assert not list(forge.place.rglob("owned"))
    assert forge.pips.strip().endswith("-- " + str(forge.place / "workspace0" / "action"))  # its own repository
    assert (forge.place / "workspace0" / outputs(ran)["report"]).read_text().startswith("<!")


def test_the_outputs_of_a_gate_that_says_no_and_of_one_that_cannot_judge(forge: Forge) -> None:
    (forge.repository / LOG).write_text(HEADER + "0,1,0.9,0.1\n1,0.8,0.6,0.2\n")
    ran = used(forge)
    assert (ran.passed, outputs(ran)["result"], outputs(ran)["value"]) == (False, "fail", "0.6"), ran.said
    assert outputs(ran)["report"] == "gate-reports/gate.html"
    ran = used(forge, log="none.csv")
    assert (ran.passed, outputs(ran)["result"], outputs(ran)["value"]) == (False, "refused", "")


@pytest.mark.parametrize("package", ["selectmodel", "./it.whl", "none"])
def test_another_package_may_be_named(package: str, forge: Forge) -> None:
    assert used(forge, package=package).passed
    assert package == "none" or forge.pips == f"-m pip install --quiet -- {package}\n"
    assert package != "none" or not (forge.place / "pips").exists()


def test_it_promotes_and_names_reports_safely(forge: Forge) -> None:
    record = forge.repository / "production.json"
    assert used(forge, **{"first-run": "record", "reports": "out; touch owned"}).passed
    record.write_bytes((forge.place / "workspace0" / "production.json").read_bytes())
    assert not (forge.place / "workspace0" / "owned").exists()
    (forge.repository / LOG).write_text(HEADER + BETTER)
    ran = used(forge, promote="true")
    assert ran.passed, ran.said
    assert (forge.place / "workspace1" / "production.history.jsonl").exists()


# --- DVC, and the hook ----------------------------------------------------------------------------------------------


def test_the_stage_of_dvc_makes_what_it_names(forge: Forge, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, "init", LOG, "--ci", "dvc").code == 0
    stage = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]["gate"]
    assert stage["deps"] == [LOG, "selectmodel.toml"]
    forge.place.mkdir()
    done = subprocess.run(
        stage["cmd"], shell=True, env=forge.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for name in (next(iter(one)) for one in [*stage["outs"], *stage["metrics"]]):
        assert Path(name).exists()
    done = command(capsys, "init", LOG, "--ci", "dvc", "--package", "x")
    assert (done.code, "installs nothing" in done.err) == (2, True)


def test_the_hook_runs_a_command_that_is_there(forge: Forge, capsys: pytest.CaptureFixture[str]) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *arguments = hook["entry"].split()
    assert (program, hook["language"], hook["pass_filenames"]) == ("selectmodel", "python", False)
    Path("selectmodel.toml").write_text(POLICY)
    assert command(capsys, *arguments).code == 0
    Path("selectmodel.toml").write_text("metrik = 1\n")
    assert command(capsys, *arguments).code == 2


@pytest.mark.parametrize("system", ["githb", "jenkins", ""])
def test_another_system_is_named(system: str, forge: Forge, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "init", LOG, f"--ci={system}")
    assert (done.code, "github" in done.err) == (2, True), done.err
    assert not Path("selectmodel.toml").exists()
