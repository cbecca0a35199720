"""What CI systems get from the gate: JUnit, annotations, summaries, outputs, metrics; and what faults leave behind."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
import warm
from cli import command

from selectmodel.cli import copying, output
from selectmodel.files import fingerprints

LOG = "epoch,loss,val_loss,val_accuracy\n0,1,0.9,0.5\n1,0.8,0.6,0.7\n2,0.6,0.4,0.9\n3,0.5,0.45,0.9\n"
PICK = ["training.csv", "--metric", "val_loss", "--rule", "best"]
PASSES = ["gate", *PICK, "--min", "val_accuracy=0.8", "--checkpoints", "off"]
FAILS = ["gate", *PICK, "--min", "val_accuracy=0.95", "--max", "val_loss=0.5", "--checkpoints", "off"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "training.csv").write_text(LOG)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# what each element of Jenkins' junit-10.xsd may hold: attributes that it must have, that it may have, children
JUNIT = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), ("testsuite",)),
    "testsuite": (("name", "tests", "failures", "errors"), ("skipped", "time", "timestamp", "hostname", "id", "file"),
                  ("testsuite", "properties", "testcase", "system-out", "system-err")),
    "properties": ((), (), ("property",)),
    "property": (("name", "value"), (), ()),
    "testcase": (("name",), ("time", "classname", "group"), ("skipped", "error", "failure", "system-out")),
    "failure": ((), ("type", "message"), ()),
    "error": ((), ("type", "message"), ()),
    "skipped": ((), ("type", "message"), ()),
    "system-out": ((), (), ()),
}  # fmt: skip


def test_junit_has_the_shape_that_ci_systems_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*FAILS, "--max", "val_los=1", "--max-worse", "val_loss=1%", "--first-run", "pass", "-o", "gate.xml"]
    assert command(capsys, *arguments).code == 2
    suites = ElementTree.parse(folder / "gate.xml").getroot()
    for element in suites.iter():
        needed, allowed, children = JUNIT[element.tag]
        assert set(needed) <= set(element.attrib) <= {*needed, *allowed}
        assert {child.tag for child in element} <= set(children)
    (suite,) = suites
    counts = {key: int(suite.attrib[key]) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 6, "failures": 1, "errors": 1, "skipped": 1}
    (failure,) = suite.iter("failure")
    assert failure.attrib["message"] == "val_accuracy is 0.9, below 0.95"


def test_junit_is_read_by_a_parser(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junitparser = pytest.importorskip("junitparser")
    command(capsys, *FAILS, "-o", "gate.xml")
    suites = junitparser.JUnitXml.fromfile("gate.xml")
    assert (suites.tests, suites.failures, suites.errors) == (4, 1, 0)
    assert [case.name for suite in suites for case in suite if not case.is_passed] == ["val_accuracy min 0.95"]


def test_reports_are_written_also_where_the_log_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "training.csv").unlink()
    for suffix in ("xml", "md", "json", "html", "csv", "txt", "prom"):
        (folder / f"gate.{suffix}").write_text("an old pass")
    files = [
        part for suffix in ("xml", "md", "json", "html", "csv", "txt", "prom") for part in ("-o", f"gate.{suffix}")
    ]
    done = command(capsys, *PASSES, *files, "--force")
    assert (done.code, "no such file" in done.err) == (3, True)
    for name, content in everything(folder).items():
        assert b"old pass" not in content, name
        assert b"no such file" in content.replace(b"&nbsp;", b" ") or name.endswith(".prom"), name
    assert "selectmodel_gate_passed 0" in (folder / "gate.prom").read_text()


def test_github_gets_annotations_a_summary_and_outputs(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(folder / "outputs"))
    (folder / "summary.md").write_text("earlier\n")
    many = [part for bound in range(1, 31) for part in ("--max", f"val_loss=0.0{bound:02d}")]
    done = command(capsys, *PASSES, *many, "--format", "github")
    assert done.code == 1
    commands = [line for line in done.out.splitlines() if line.startswith("::")]
    assert len(commands) == 10
    assert "and 21 more" in commands[-1]
    assert commands[0] == "::error title=selectmodel gate%3A val_loss max 0.001::val_loss is 0.4, above 0.001"
    summary = (folder / "summary.md").read_text()
    assert summary.startswith("earlier\n### ❌ The gate says no: 30 of 33 conditions failed")
    outputs = re.findall(r"(\w+)<<(end_[0-9a-f]{32})\n(.*)\n\2\n", (folder / "outputs").read_text())
    assert {name: value for name, _, value in outputs} == {
        "verdict": "fail", "epoch": "2", "checkpoint": "", "value": "0.4",
    }  # fmt: skip
    assert command(capsys, *PASSES).code == 0
    assert (folder / "summary.md").read_text() == summary, "only where --format github asks for it"


def test_a_summary_keeps_within_what_github_takes(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    for held, room in ((1024 * 1024 - 400, 400), (1024 * 1024 - 10, 10), (1024 * 1024 + 5, 0)):
        (folder / "summary.md").write_bytes(b"x" * held)
        assert command(capsys, *PASSES, "--format", "github").code == 0
        content = (folder / "summary.md").read_bytes()
        assert len(content) <= held + room
        assert (b"cut here" in content) == (room == 400)
    many = [part for bound in range(1000) for part in ("--max", f"val_loss={bound + 1}")]
    done = command(capsys, *PASSES, *many, "--format", "md")
    assert (done.code, len(done.out) <= 65_536) == (0, True)


def test_a_summary_that_cannot_be_written_is_exit_4(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "no" / "summary.md"))
    assert command(capsys, *PASSES, "--format", "github").code == 4


def test_open_metrics(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = command(capsys, *FAILS, "--format", "openmetrics").out.splitlines()
    assert "selectmodel_gate_passed 0" in lines
    assert 'selectmodel_condition_passed{condition="val_loss max 0.5"} 1' in lines
    assert 'selectmodel_value{metric="val_accuracy"} 0.9' in lines
    assert lines[-1] == "# EOF"


def test_formats_of_a_gate_are_refused_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["pick", *PICK, "-o", "a.xml"], ["inspect", "training.csv", "--format", "github"]):
        done = command(capsys, *arguments)
        assert (done.code, done.out) == (2, "")
    assert everything(folder).keys() == {"training.csv"}
    assert command(capsys, "pick", *PICK, "-o", "a.md").code == 0
    assert (folder / "a.md").read_text().startswith("### Ship epoch 2\n")
    assert command(capsys, "inspect", "training.csv", "--format", "md").out.startswith("    training.csv")


def program(folder: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **dict(options.pop("env", {}))}  # type: ignore[call-overload]
    return subprocess.run(
        [sys.executable, "-m", "selectmodel", *arguments],
        cwd=folder, env=environment, check=False, **{"capture_output": True, **options},  # type: ignore[call-overload]
    )  # fmt: skip


def test_the_same_bytes_whatever_the_environment(folder: Path) -> None:
    (folder / "ckpt").mkdir()
    for epoch in (3, 1, 0, 2):
        (folder / "ckpt" / f"m_epoch={epoch}-val_loss={[0.9, 0.6, 0.4, 0.45][epoch]}.ckpt").write_bytes(b"w")
    shutil.copytree(folder / "ckpt", folder / "other")
    for name in sorted(os.listdir(folder / "ckpt"), reverse=True):  # noqa: PTH208
        (folder / "ckpt" / name).unlink()
        shutil.copy(folder / "other" / name, folder / "ckpt" / name)
    arguments = ["gate", *PICK, "--min", "val_accuracy=0.8", "--checkpoints", "ckpt", "--force",
                 "--format", "json", "--record", "record.json"]  # fmt: skip
    found = set()
    for environment in (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C", "COLUMNS": "40"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "TERM": "xterm", "COLUMNS": "200"},
        {"PYTHONHASHSEED": "3", "NO_COLOR": "1", "TERM": "dumb", "HOME": "/nonexistent"},
    ):
        done = program(folder, *arguments, env=environment)
        assert done.returncode == 0, done.stderr
        found.add((done.stdout, (folder / "record.json").read_bytes()))
        os.utime(folder / "training.csv", (1_600_000_000 + len(environment), 1_600_000_000))
    assert len(found) == 1
    record = found.pop()[1]
    assert b"/" not in record.replace(b"selectmodel", b""), "no path of this machine"


def test_a_reader_that_goes_away_does_not_turn_no_into_yes(folder: Path) -> None:
    line = f"{warm.program()} {' '.join(FAILS)} --format csv -o gate.json | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, check=False)
    assert (done.returncode, json.loads((folder / "gate.json").read_text())["verdict"]) == (1, "fail")
    for arguments, code in ((PASSES, 4), (FAILS, 4)):
        line = f"{warm.program()} {' '.join(arguments)} >&-"
        assert subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, check=False).returncode == code


def test_a_bug_is_70_and_neither_yes_nor_no(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("selectmodel.commands.gate.judge.judge", broken)
    assert command(capsys, *PASSES).code == 70


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_81_a_full_disk_leaves_the_old_reports(
    failing: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "gate.json").write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = everything(folder)
    target = {"write": (os, "write"), "fsync": (os, "fsync"), "replace": (Path, "replace")}[failing]
    monkeypatch.setattr(*target, full)
    done = command(capsys, *PASSES, "-o", "gate.json", "-o", "gate.xml", "--force")
    assert (done.code, done.out) == (4, "")
    assert "No space left" in done.err
    assert everything(folder) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place  # type: ignore[misc]
    subprocess.run(["umount", str(place)], check=True)


def weights(folder: Path, size: int = 1000) -> list[str]:
    (folder / "ckpt").mkdir()
    for epoch in range(4):
        (folder / "ckpt" / f"m_epoch={epoch}.ckpt").write_bytes(bytes([epoch]) * size)
    return ["pick", *PICK, "--checkpoints", "ckpt", "--checkpoint-offset", "0"]


def test_81_a_disk_that_is_really_full(folder: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pick = weights(folder, 100_000)
    (small_disk / "verdict.json").write_text("old")
    done = command(capsys, *pick, "--copy-to", small_disk)
    assert (done.code, "No space left" in done.err) == (4, True)
    assert os.listdir(small_disk) == ["verdict.json"]  # noqa: PTH208
    (small_disk / "filler").write_bytes(b"x" * 60_000)
    done = command(capsys, *PASSES, "-o", small_disk / "verdict.json", "--force")
    assert done.code == 4
    assert (small_disk / "verdict.json").read_text() == "old"


def test_82_killed_while_writing(folder: Path) -> None:
    weights(folder)
    (folder / "old.json").write_text("old")
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from selectmodel.cli.main import main\n"
        "os.fsync = lambda _: os.kill(os.getpid(), int(os.environ['SIGNAL']))\n"
        "main()\n"
    )
    gate = [*PASSES, "-o", "old.json", "--force"]
    copy = ["pick", *PICK, "--checkpoints", "ckpt", "--checkpoint-offset", "0", "--copy-to", "out"]
    for number, expected in ((signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)):
        for arguments in (gate, copy):
            done = subprocess.run(
                [warm.python(), "-c", code, *arguments], cwd=folder, capture_output=True, check=False,
                env={**os.environ, "SIGNAL": str(int(number))},
            )  # fmt: skip
            assert done.returncode == expected, done.stderr
            assert (folder / "old.json").read_text() == "old"
            left = [path.name for path in (folder / "out").glob("*")] if (folder / "out").exists() else []
            assert [name for name in left if not name.startswith(".selectmodel.")] == []
            if number == signal.SIGKILL:  # which leaves no time to tidy up
                shutil.rmtree(folder / "out", ignore_errors=True)
            else:
                assert left == []


def test_a_log_that_is_written_to_while_it_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from selectmodel.selection import recommend

    real = recommend.recommend

    def slow(*arguments: object) -> object:
        with (folder / "training.csv").open("a") as log:
            log.write("4,0.4,0.3,0.95\n")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(recommend, "recommend", slow)
    done = command(capsys, *PASSES, "--record", "record.json")
    assert (done.code, "written to while it was read" in " ".join(done.out.split())) == (3, True)
    assert not (folder / "record.json").exists()
    done = command(capsys, "pick", *PICK, "--record", "record.json")
    assert (done.code, json.loads((folder / "record.json").read_text())["log"]) == (0, {})


def test_outputs_that_must_not_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kept.json").write_text("mine")
    (folder / "link.json").symlink_to("elsewhere.json")
    for target, code in (("kept.json", 2), ("link.json", 2), ("no/such/a.json", 4)):
        for flag in ("-o", "--record"):
            assert command(capsys, *PASSES, flag, target).code == code
    base = ["--baseline", "kept.json", "--max-worse", "val_loss=0", "-o", "kept.json", "--force"]
    assert command(capsys, *PASSES, *base).code == 2
    assert (folder / "kept.json").read_text() == "mine"
    assert not (folder / "elsewhere.json").exists()


@pytest.mark.parametrize(
    ("wanted", "printed"),
    [("epoch", "2"), ("rule", "best"), ("metric", "val_loss"), ("value", "0.4"), ("checkpoint", "ckpt/m_epoch=2.ckpt")],
)
def test_print_is_that_value_alone(wanted: str, printed: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, *weights(folder), "--print", wanted)
    assert (done.code, done.out, done.err) == (0, f"{printed}\n", "")


def test_print_has_nothing_to_print(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wanted in ("checkpoint", "step"):
        done = command(capsys, "pick", *PICK, "--checkpoints", "off", "--print", wanted)
        assert (done.code, done.out) == (3, "")
    assert command(capsys, "pick", *PICK, "--print", "epochs").code == 2


def test_print_never_hands_a_script_another_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in (("é \u2192", 0), ("a\nb", 3), ("a\x1b[31m", 3), ("\u202eb", 3), ("##[error]", 3)):
        place = folder / f"ckpt {name}"
        place.mkdir()
        (place / "m_epoch=2.ckpt").write_bytes(b"w")
        flags = ["--checkpoints", f"ckpt {name}", "--checkpoint-offset", "0", "--print", "checkpoint"]
        done = command(capsys, "pick", *PICK, *flags)
        assert done.code == code
        assert done.out == ("" if code else f"{place.name}/m_epoch=2.ckpt\n")
        if not code:
            plain = program(folder, "pick", *PICK, *flags, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
            assert plain.stdout == os.fsencode(f"{place.name}/m_epoch=2.ckpt\n")


def test_copy_to_brings_the_file_and_its_record(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pick = [*weights(folder), "--copy-to", "ship/it"]
    assert command(capsys, *pick).code == 0
    assert sorted(everything(folder / "ship" / "it")) == ["m_epoch=2.ckpt", "m_epoch=2.ckpt.decision.json"]
    record = json.loads((folder / "ship/it/m_epoch=2.ckpt.decision.json").read_text())
    assert record["checkpoint"]["sha256"] == fingerprints.of_file(folder / "ckpt" / "m_epoch=2.ckpt")
    gate = ["--baseline", "ship/it/m_epoch=2.ckpt.decision.json", "--max-worse", "val_loss=0"]
    assert command(capsys, *PASSES, *gate, "--first-run", "pass").code == 0
    (folder / "ship/it/m_epoch=2.ckpt").write_text("other")
    done = command(capsys, *pick)
    assert (done.code, "--force" in done.err) == (2, True)
    assert (folder / "ship/it/m_epoch=2.ckpt").read_text() == "other"
    assert command(capsys, *pick, "--force").code == 0
    assert (folder / "ship/it/m_epoch=2.ckpt").read_bytes() == (folder / "ckpt/m_epoch=2.ckpt").read_bytes()
    assert command(capsys, *pick[:-1], "ckpt", "--force").code == 2
    assert command(capsys, "pick", *PICK, "--checkpoints", "off", "--copy-to", "ship").code == 3


def test_copy_to_takes_folders_and_parts_but_no_links(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = folder / "ckpt" / "m_epoch=2.ckpt" / "data"
    inside.mkdir(parents=True)
    (inside / "weights").write_bytes(b"w")
    pick = ["pick", *PICK, "--checkpoints", "ckpt", "--checkpoint-offset", "0", "--copy-to", "out"]
    assert command(capsys, *pick).code == 0
    assert (folder / "out" / "m_epoch=2.ckpt" / "data" / "weights").read_bytes() == b"w"
    assert command(capsys, *pick).code == 2
    (inside / "weights").write_bytes(b"new")
    assert command(capsys, *pick, "--force").code == 0
    assert everything(folder / "out")["m_epoch=2.ckpt/data/weights"] == b"new"
    (inside / "secret").symlink_to("/etc/passwd")
    done = command(capsys, *pick, "--force")
    assert (done.code, "is a link" in done.err) == (3, True)
    shutil.rmtree(folder / "ckpt")
    (folder / "ckpt").mkdir()
    for part in ("index", "data-00000-of-00001"):
        (folder / "ckpt" / f"cp-0002.ckpt.{part}").write_text(part)
    assert command(capsys, *pick).code == 0
    assert "cp-0002.ckpt.data-00000-of-00001" in everything(folder / "out")


def test_a_checkpoint_that_changes_while_it_is_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights(folder)
    source = folder / "ckpt" / "m_epoch=2.ckpt"
    real = copying._copied

    def growing(one: Path, target: Path) -> None:
        real(one, target)
        source.write_bytes(b"more" * 1000)

    monkeypatch.setattr(copying, "_copied", growing)
    with pytest.raises(copying.LogError, match="was written to"):
        copying.copy(source, folder / "out", b"{}")
    assert everything(folder / "out") == {}


def test_85_two_writers_leave_one_whole_report(folder: Path) -> None:
    page = "x" * 200_000
    code = "import sys; from pathlib import Path; from selectmodel.cli import output\n" \
           "for _ in range(20): output._write(Path('r.json'), sys.argv[1] * 200_000)"  # fmt: skip
    writers = [subprocess.Popen([sys.executable, "-c", code, letter], cwd=folder) for letter in "xy"]
    end = time.monotonic() + 60
    while any(writer.poll() is None for writer in writers) and time.monotonic() < end:
        content = (folder / "r.json").read_text() if (folder / "r.json").exists() else page
        assert content in (page, "y" * 200_000)
    assert [writer.wait() for writer in writers] == [0, 0]


# --- what init writes; tests/commands/gate/test_ci_jobs.py runs it ---------------------------------------------------


def test_init_overwrites_nothing_and_checks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "selectmodel.toml").write_text("mine")
    done = command(capsys, "init", "training.csv")
    assert (done.code, "exists already" in done.err) == (2, True)
    assert sorted(everything(folder)) == ["selectmodel.toml", "training.csv"]
    assert command(capsys, "init", "--check").code == 2
    (folder / "selectmodel.toml").unlink()
    assert command(capsys, "init", "--check").code == 3
    assert command(capsys, "init").code == 0
    done = command(capsys, "init", "--check")
    assert (done.code, done.out) == (0, "valid: 0 gate conditions\n")
    assert command(capsys, "gate", "training.csv").code == 2, "a policy that asks nothing passes nothing"
    (folder / "selectmodel.toml").unlink()
    assert command(capsys, "init").code == 2, "the workflow is there"
    assert not (folder / "selectmodel.toml").exists()


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ('gate = [{metric = "val_loss", max = 1.0}]\n[require]\nbaseline = "b.json"', "no condition uses it"),
        ('gate = [{metric = "val_loss", max_worse = 0.1}]', "against what?"),
        ('[require]\nfirst_run = "record"', "nothing to judge by"),
        ('gate = [{metric = "val_loss", max_worse = 0.1}]\n[require]\nbaseline = "b.json"', ""),
        ('rule = "best"', ""),
    ],
)
def test_a_checked_policy_says_what_the_gate_will(
    policy: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "selectmodel.toml").write_text(policy)
    done = command(capsys, "init", "--check")
    assert done.code == 0 and done.out.startswith("valid: ")
    assert ("selectmodel gate refuses it as it stands: " in done.err) == bool(told) and told in done.err
    if told:
        assert told in command(capsys, "gate", "training.csv").err


@pytest.mark.parametrize("name", ['a"b\\', "x\ty", "é\u202e", "{metric}", "# x", "'''", "val_{0}%"])
def test_init_writes_any_metric_name(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = '"' + name.replace('"', '""') + '"'
    (folder / "odd.csv").write_text(f"epoch,{header}\n0,0.5\n1,0.25\n", encoding="utf-8")
    assert command(capsys, "init", "odd.csv", f"--metric={name}:min").code == 0
    assert command(capsys, "init", "--check").code == 0
    assert command(capsys, "gate", "odd.csv").code == 0


def test_the_writer_itself_is_atomic(folder: Path) -> None:
    output._write(folder / "a.json", "new")
    assert (folder / "a.json").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


@pytest.mark.parametrize("left", [0, 1, 143])
def test_a_part_that_leaves_settles_no_exit_code(
    left: int, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaves(*_: object, **__: object) -> None:
        sys.exit(left)

    monkeypatch.setattr("selectmodel.commands.gate.judge.judge", leaves)
    assert command(capsys, *FAILS).code == 70
