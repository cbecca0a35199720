"""A log that grows is followed: what changed is told once, and the watch ends where it was told to."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
from cli import command
from places import ROOT, SAMPLES

import selectmodel as sm
from selectmodel.commands.watch.watched import Watched
from selectmodel.commands.watch.watching import Watch
from selectmodel.errors import UsageError
from selectmodel.files import discovery
from selectmodel.policy.policy import Policy
from selectmodel.selection.until import parse

HEADER = "epoch,loss,val_loss\n"
SCHEMA = json.loads((ROOT / "selectmodel/answers.schema.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator({"$ref": "#/$defs/WatchedJson", "$defs": SCHEMA["$defs"]})
#: Far enough from the beginning of time that a log can be older.
NOON = 1_700_000_000.0


class Training:
    """A log that is written row by row, and the time at which that happens."""

    def __init__(self, log: Path) -> None:
        self.log, self.now = log, NOON

    def write(self, text: str, *, anew: bool = False, after: float = 10.0) -> None:
        self.now += after
        with self.log.open("w" if anew else "a", encoding="utf-8") as file:
            file.write(text)
        os.utime(self.log, (self.now, self.now))

    def rows(self, losses: Sequence[float], begin: int = 0) -> None:
        self.write("".join(f"{begin + at},1.0,{loss}\n" for at, loss in enumerate(losses)))

    def watch(self, *conditions: str, place: Path | None = None, policy: Policy | None = None) -> Watch:
        return Watch(
            place or self.log, policy or Policy(), conditions=[parse(text) for text in conditions], now=lambda: self.now
        )


@pytest.fixture
def training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Training:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return Training(Path("training.csv"))


def told(watch: Watch) -> Watched:
    change = watch.step()
    assert change is not None
    return change


def test_a_log_that_is_not_there_yet_is_waited_for(training: Training) -> None:
    watch = training.watch()
    change = told(watch)
    assert (change.event, change.message) == ("waiting", "training.csv: is not there; waiting for it")
    assert watch.step() is None
    training.write("")
    assert told(watch).message == "training.csv: is empty (training may not have started)"
    training.write(HEADER)
    assert "no epochs logged yet" in told(watch).message
    training.rows([0.9])
    change = told(watch)
    assert (change.event, change.message) == ("moved", "epoch 0: val_loss 0.900; ship epoch 0")
    assert change.problem == ""


def test_each_change_is_told_once(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    watch = training.watch()
    assert "ship epoch 1" in told(watch).message
    assert watch.step() is None
    training.rows([0.8], 2)
    change = told(watch)
    assert (change.event, change.message.split("; ")[0]) == ("logged", "epoch 2: val_loss 0.800")
    training.rows([0.5], 3)
    change = told(watch)
    assert change.event == "moved" and "ship epoch 3 (was epoch 1)" in change.message
    assert [(move.epoch, move.at) for move in change.moves] == [(1.0, 1.0), (3.0, 3.0)]


def test_a_half_written_line_is_waited_for(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    watch = training.watch()
    told(watch)
    training.write("2,0.4,0.")
    assert watch.step() is None
    training.write("65\n")
    assert told(watch).message.startswith("epoch 2: val_loss 0.650")


def test_a_check_is_told_when_it_fires(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.5, 0.4, 0.3])
    watch = training.watch()
    told(watch)
    fired: list[str] = []
    for epoch in range(5, 40):
        training.rows([0.3 + 0.02 * (epoch - 4)], epoch)
        fired += told(watch).fired
    assert fired.count("SM201") == 1


def test_a_log_that_began_anew_is_noticed(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.6])
    watch = training.watch()
    told(watch)
    training.write(f"{HEADER}0,1.0,0.95\n", anew=True)
    change = told(watch)
    assert change.event == "restarted"
    assert "the log began anew or was cut: it ends at epoch 0 and had epoch 2" in change.message
    assert [move.epoch for move in change.moves] == [0.0]
    assert change.speed is not None and change.speed.seconds is None


def test_of_trainings_appended_to_one_log_the_last_is_followed(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.5])
    watch = training.watch()
    told(watch)
    training.rows([0.95])
    change = told(watch)
    assert change.event == "restarted" and change.message.startswith("the log began anew or was cut")
    assert "the log holds 2 trainings; the last is followed (--segment 2)" in change.message
    for epoch, loss in enumerate([0.8, 0.75, 0.6], 1):
        training.rows([loss], epoch)
        change = told(watch)
        assert (change.event, change.moves[-1].epoch) == ("moved", epoch)


def test_a_log_that_is_replaced_is_told_of_only_if_it_stays_away(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.6])
    watch = training.watch()
    told(watch)
    training.log.rename("training.csv.1")
    assert watch.step() is None  # it may be on its way
    change = told(watch)
    assert (change.event, change.problem) == ("waiting", "is not there")
    assert change.report is not None
    assert watch.step() is None
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.6, 0.5])
    assert told(watch).message.startswith("epoch 3: val_loss 0.500")


def test_what_is_logged_within_one_look_is_not_missed(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    watch = training.watch()
    told(watch)
    training.log.unlink()
    assert watch.step() is None
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.6])
    assert told(watch).message.startswith("epoch 2")


@pytest.mark.parametrize(
    ("condition", "losses", "why"),
    [
        ("no better for 3 epochs", [0.9, 0.5, 0.6, 0.7, 0.8], "val_loss is no better since epoch 1 (0.500)"),
        ("val_loss<0.3", [0.9, 0.5, 0.25], "val_loss was 0.250 at epoch 2"),
    ],
)
def test_it_ends_where_a_condition_is_met(training: Training, condition: str, losses: list[float], why: str) -> None:
    training.write(HEADER)
    watch = training.watch("finished", condition)
    endings = []
    for epoch, loss in enumerate(losses):
        training.rows([loss], epoch)
        endings.append(told(watch).ended)
    assert endings == [*[""] * (len(losses) - 1), "until"]
    assert watch.state.message.startswith(why) and watch.step() is None


def test_it_ends_when_nothing_was_written_for_long(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    watch = training.watch("finished")
    told(watch)
    training.now += 590
    assert watch.step() is None
    training.now += 20
    change = told(watch)
    assert (change.ended, change.message) == ("finished", "the training is over: nothing was written for 10 minutes")


def test_a_long_epoch_is_not_the_end(training: Training) -> None:
    training.write(HEADER)
    watch = training.watch("finished")
    watch.step()
    training.now += 5000  # the first epoch may take as long as it likes
    assert watch.step() is None
    training.rows([0.9])
    told(watch)
    training.write("1,1.0,0.8\n", after=590)
    told(watch)
    training.now += 1700
    assert watch.step() is None
    training.now += 100
    assert told(watch).ended == "finished"


def test_settings_that_may_be_of_another_run_tell_no_last_epoch(training: Training) -> None:
    Path("runs").mkdir()
    Path("runs/args.yaml").write_text("epochs: 4\n")
    for name in ("one.csv", "other.csv"):
        Path("runs", name).write_text(HEADER + "0,1.0,0.9\n1,1.0,0.7\n")
    change = told(Watch(Path("runs"), Policy(), runs=["one.csv"]))
    assert change.report is not None and change.speed is not None and change.speed.total is None
    Path("runs/other.csv").unlink()
    change = told(Watch(Path("runs"), Policy(), runs=["one.csv"]))
    assert change.speed is not None and change.speed.total == 3


def test_the_settings_beside_the_log_tell_the_last_epoch(training: Training) -> None:
    Path("args.yaml").write_text("epochs: 4\nlr: 0.1\n")
    training.write(HEADER)
    training.rows([0.9, 0.7])
    watch = training.watch("finished")
    told(watch)
    training.rows([0.6], 2)
    change = told(watch)
    assert change.speed is not None
    assert (change.speed.seconds, change.speed.total, change.speed.left) == (10.0, 3.0, 10.0)
    training.rows([0.5], 3)
    assert told(watch).ended == ""  # its checkpoint may be yet to come
    change = told(watch)
    assert (change.ended, change.message) == ("finished", "the training is over: epoch 3 was the last")


def test_what_early_stopping_would_do(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.8])
    watch = training.watch("no better for 4 epochs")
    found = told(watch).stopping
    assert found is not None
    assert (found.patience, found.unit, found.best, found.at, found.stopped) == (4, "epoch", 1.0, 5.0, False)
    found = told(training.watch(policy=Policy(rules={"patience": {"patience": 1}}))).stopping
    assert found is not None and (found.at, found.stopped) == (2.0, True)


def test_a_checkpoint_that_is_saved_after_its_row_is_seen(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    Path("checkpoints").mkdir()
    Path("checkpoints/weights.01.keras").write_bytes(b"x")
    watch = training.watch()
    assert told(watch).message.split("; ")[1].endswith("checkpoints/weights.01.keras")
    Path("checkpoints/weights.02.keras").write_bytes(b"x")
    assert "ship epoch 1" in (message := told(watch).message) and "checkpoints/weights.02.keras" in message
    assert watch.step() is None


def test_which_of_several_runs_is_meant_must_be_said(training: Training, tmp_path: Path) -> None:
    for name in ("a", "b"):
        Path(name).mkdir()
        Path(name, "log.csv").write_text(f"{HEADER}0,1.0,0.9\n1,1.0,0.8\n")
    with pytest.raises(UsageError, match="--run"):
        training.watch(place=tmp_path).step()
    assert "ship epoch 1" in told(Watch(tmp_path, Policy(), runs=["a/log.csv"])).message


def test_a_run_that_begins_beside_the_one_followed_is_told_of(training: Training, tmp_path: Path) -> None:
    Path("a").mkdir()
    Path("a", "log.csv").write_text(f"{HEADER}0,1.0,0.9\n1,1.0,0.8\n")
    watch = training.watch(place=tmp_path)
    told(watch)
    Path("b").mkdir()
    Path("b", "log.csv").write_text(f"{HEADER}0,1.0,0.5\n1,1.0,0.4\n")
    change = told(watch)
    assert change.report is not None and change.report.run.files[0].endswith("a/log.csv")
    assert change.message == "b/log.csv is there as well; a/log.csv is followed"


def test_a_log_without_validation_so_far_is_waited_for(training: Training) -> None:
    training.write('{"step": 1, "train_loss": 0.9}\n{"step": 2, "train_loss": 0.8}\n')
    watch = training.watch()
    assert "--metric train_loss" in told(watch).message
    training.write('{"step": 2, "val_loss": 0.8}\n{"step": 3, "val_loss": 0.7}\n')
    assert "ship step 3" in told(watch).message


def test_a_condition_on_what_is_not_logged_is_told_with_what_is(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    change = told(training.watch("val_los<0.3"))
    assert "val_los is not logged so far; did you mean val_loss" in change.message and change.ended == ""


def test_nothing_is_read_while_size_and_time_stay(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7])
    watch = training.watch()
    told(watch)

    def read(*_: object, **__: object) -> None:
        raise AssertionError("the log was read")

    monkeypatch.setattr(discovery, "find", read)
    monkeypatch.setattr(discovery.Found, "read", read)
    assert watch.step() is None


def test_the_format_is_not_looked_for_again_in_a_long_log(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    training.write(HEADER)
    training.rows([1 / (1 + epoch) for epoch in range(5000)])
    watch = training.watch()
    told(watch)
    monkeypatch.setattr(discovery, "find", lambda *_, **__: pytest.fail("the format was looked for"))
    training.rows([0.00001], 5000)
    assert "ship epoch 5000" in told(watch).message


def test_event_files_in_a_folder_are_followed(training: Training, tmp_path: Path) -> None:
    sample = next(path for path in (SAMPLES / "summarywriter/plateau").rglob("*tfevents*"))
    content = sample.read_bytes()
    log = tmp_path / "run" / sample.name
    log.parent.mkdir()
    watch = training.watch(place=log.parent)
    assert told(watch).message.endswith("run: holds no training log")
    for part in range(1, 9):
        log.write_bytes(content[: len(content) * part // 8])
        watch.step()
    report = watch.state.report
    assert report is not None
    assert report.recommended.epoch == sm.recommend(sm.read(log.parent)).recommended.epoch
    assert report.recommended.step == sm.recommend(sm.read(log.parent)).recommended.step


@pytest.mark.parametrize("sample", ["keras/overfitting.csv", "keras/nan.csv", "generic/plateau.csv"])
def test_at_the_end_it_says_what_pick_says(training: Training, sample: str) -> None:
    text = (SAMPLES / sample).read_text(encoding="utf-8")
    watch = training.watch()
    for begin in range(0, len(text), 500):
        training.write(text[begin : begin + 500])
        watch.step()
    assert watch.state.report is not None
    asked = sm.recommend(sm.read(training.log))
    assert watch.state.report.recommended == asked.recommended
    assert watch.state.report.findings == asked.findings


def test_each_line_is_of_the_schema(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(SAMPLES / "keras/overfitting.csv", training.log)
    Path("args.yaml").write_text("epochs: 500\n")
    done = command(capsys, "watch", training.log, "--format", "jsonl", "--until", "val_loss<9", "--until", "finished")
    assert done.code == 0, done.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    for line in lines:
        VALID.validate(line)
    assert [line["ended"] for line in lines] == ["until"]
    assert lines[0]["recommended"]["epoch"] == sm.recommend(sm.read(training.log)).recommended.epoch
    assert lines[0]["speed"]["total"] is not None
    waiting = told(training.watch(place=Path("nowhere.csv"))).to_dict()
    VALID.validate(waiting)
    assert waiting["event"] == "waiting" and waiting["recommended"] is None


def test_a_finished_training_ends_with_what_it_is_worth(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.8])
    done = command(capsys, "watch", training.log, "--until", "finished")
    assert done.code == 0 and done.out.startswith("the training is over: nothing was written for ")
    assert "ship epoch 1" in done.out and done.err == ""


def test_a_training_that_ends_with_nothing_to_judge_is_no_success(
    training: Training, capsys: pytest.CaptureFixture[str]
) -> None:
    training.write("epoch,val_loss\n0,nan\n1,nan\n")
    done = command(capsys, "watch", training.log, "--until", "finished")
    assert done.code == 3 and done.err.startswith("error: training.csv")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--until", "whenever"], "--until 'whenever': is no condition"),
        (["--every", "0"], "--every 0: takes"),
        (["--format", "html"], "--format html: no such format"),
        (["--on-change", ""], "an argument is empty"),
        (["--on-change", "echo 'a"], "--on-change echo 'a: cannot be split"),
    ],
)
def test_what_cannot_be_asked(
    training: Training, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    training.write(HEADER)
    done = command(capsys, "watch", training.log, *arguments)
    assert done.code == 2 and says in done.err


def test_standard_input_is_refused(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "watch", "-")
    assert done.code == 2 and "standard input cannot be looked at again" in done.err


def test_the_same_in_python(training: Training) -> None:
    training.write(HEADER)
    training.rows([0.9, 0.7, 0.8])
    changes = list(sm.watch(training.log, until=["no better for 1 epoch"], metric="val_loss"))
    assert [change.ended for change in changes] == ["until"]
    assert changes[0].report is not None and changes[0].report.recommended.epoch == 1
