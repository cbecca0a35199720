"""Bad inputs and faults through the command line: files, names, damage, numbers, policies, disks and signals.

A case is what stands in the folder, the command, its exit code, and what must be said on standard error (a refusal) or
in the answer (a note). Stores, JSON logs and the gate are not of this file.
"""

from __future__ import annotations

import codecs
import dataclasses
import errno
import gzip
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import slow_events as slow
import warm
from cli import command

from selectmodel.files import opening

HEADER = "epoch,loss,val_loss\n"
VALUES = (0.9, 0.7, 0.5, 0.4, 0.55, 0.6)
#: The best epoch is 3 of 0–5.
GOOD = (HEADER + "".join(f"{epoch},{1 / (epoch + 1):.3f},{value}\n" for epoch, value in enumerate(VALUES))).encode()
EPOCH_3 = "Ship epoch 3"
Make = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """``files`` by path below the current folder; ``make`` does what bytes cannot; ``says`` is found in any order."""

    name: str
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    command: str | Sequence[str] = "pick log.csv"
    code: int = 0
    says: str | Sequence[str] = ()
    make: Make | None = None


def cases(*given: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", given, ids=[case.name for case in given])


def log(*rows: str, header: str = HEADER) -> dict[str, bytes | str]:
    return {"log.csv": header + "".join(f"{row}\n" for row in rows)}


def happens(case: Case, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a case in ``folder`` and returns what was printed on standard output."""
    (folder / ".git").mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if case.make is not None:
        case.make(folder)
    done = command(capsys, *(case.command.split() if isinstance(case.command, str) else case.command))
    assert done.code == case.code, done
    said = " ".join((done.out + done.err if case.code == 0 else done.err).split())
    for words in (case.says,) if isinstance(case.says, str) else case.says:
        assert words in said
    if case.code:
        assert not done.out
        assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    return done.out


# ---- files and encodings: 1–20


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "log.csv")


def unix_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # the name of a socket has a hundred bytes at most
        server.bind("log.csv")
        os.chdir(here)


def linked(**links: str) -> Make:
    def make(folder: Path) -> None:
        for name, target in links.items():
            (folder / "runs").mkdir(exist_ok=True)
            (folder / "runs" / name.replace("_csv", ".csv")).symlink_to(target)

    return make


ODD_NAMES = (
    "a\nb.csv",
    "\x1b]0;x\x07.csv",
    "a?b#c%41.csv",
    "-log.csv",
    "::error::x.csv",
    "a\n::error::x.csv",
    "ü→.csv",
)

FILES = (
    Case("no such file", {"log.csv": GOOD}, "pick lgo.csv", 3, ("no such file", "did you mean log.csv?")),
    Case("a name too long", {}, "pick " + "a" * 5000, 3, "cannot be opened"),
    Case("empty file", {"log.csv": b""}, code=3, says="log.csv: is empty (training may not have started)"),
    Case("header only", {"log.csv": HEADER}, code=3, says="no epochs logged yet"),
    Case("no log in the folder", {"runs/notes.md": "x"}, "pick runs", 3, ("looked for", "keras csv")),
    Case(
        "two runs", {"runs/a/metrics.csv": GOOD, "runs/b/metrics.csv": GOOD}, "pick runs", 2,
        ("holds 2 runs", "--run a", "--run b"),
    ),
    Case("fifo", {}, code=3, says="is not a regular file", make=fifo),
    Case("socket", {}, code=3, says="cannot be opened", make=unix_socket),
    Case("endless device", {}, "pick /dev/zero", 3, "is not a regular file"),
    Case("fifo as policy", {"x.csv": GOOD}, "pick x.csv --policy log.csv", 2, "not a regular file", fifo),
    Case("link to itself", {}, "pick runs/loop.csv", 3, "cannot be opened", linked(loop_csv="loop.csv")),
    Case(
        "links that lead in circles", {"runs/log.csv": GOOD}, "pick runs", 0,
        (EPOCH_3, "warn SM169", "up, loop"),
        linked(up="..", loop="loop", loop_csv="loop.csv"),
    ),
    Case(
        "link out of the tree", {"runs/log.csv": GOOD, "elsewhere/other.csv": GOOD}, "pick runs", 0,
        (EPOCH_3, "warn SM169", "other.csv"), linked(other_csv="../elsewhere/other.csv"),
    ),
    Case(
        "link given by name", {"elsewhere/other.csv": GOOD}, "pick runs/other.csv", 0, EPOCH_3,
        linked(other_csv="../elsewhere/other.csv"),
    ),
    Case(
        "link to a folder that is read anyway", {"runs/a/metrics.csv": GOOD}, "pick runs", 0,
        (EPOCH_3, "note SM169"), linked(latest="a"),
    ),
    Case(
        "dangling link", {"runs/log.csv": GOOD}, "pick runs", 0, (EPOCH_3, "warn SM169", "latest-run"),
        linked(**{"latest-run": "gone"}),
    ),
    Case(
        "dangling checkpoint link", {"log.csv": GOOD}, "pick log.csv --checkpoints runs", 0,
        (EPOCH_3, "warn SM151", "a link to a file that does not exist"), linked(**{"last.ckpt": "gone.ckpt"}),
    ),
    Case("byte order mark", {"log.csv": codecs.BOM_UTF8 + GOOD}, says=EPOCH_3),
    Case(
        "UTF-16 little end first", {"log.csv": codecs.BOM_UTF16_LE + GOOD.decode().encode("utf-16-le")},
        says=(EPOCH_3, "SM103", "UTF-16"),
    ),
    Case(
        "UTF-16 big end first", {"log.csv": codecs.BOM_UTF16_BE + GOOD.decode().encode("utf-16-be")},
        says=(EPOCH_3, "SM103", "UTF-16"),
    ),
    Case("UTF-16 without a mark", {"log.csv": GOOD.decode().encode("utf-16-le")}, says=(EPOCH_3, "SM103")),
    Case(
        "Latin-1 names", {"log.csv": GOOD.replace(b",loss", b",Gr\xf6\xdfe_loss")},
        says=(EPOCH_3, "SM103", "Latin-1"),
    ),
    Case("binary garbage", {"log.csv": b"\x01\x02\x03\x00\xff" * 50}, code=3, says="not text (NUL at byte 3)"),
    Case("carriage returns", {"log.csv": GOOD.replace(b"\n", b"\r")}, says=EPOCH_3),
    Case("mixed line ends", {"log.csv": GOOD.replace(b"\n", b"\r\r\n", 3) + b"\n\n"}, says=EPOCH_3),
    Case(
        "larger than the limit", {"log.csv": GOOD}, "pick log.csv --max-bytes 50", 3,
        (f"{len(GOOD)} bytes, more than the limit of 50", f"--max-bytes {len(GOOD)}"),
    ),
    Case("the flag works", {"log.csv": GOOD}, f"pick log.csv --max-bytes {len(GOOD)}", 0, EPOCH_3),
    Case("a limit beyond memory", {"log.csv": GOOD}, f"pick log.csv --max-bytes {10**30}", 0, EPOCH_3),
    *(Case(f"file named {name!r}", {name: GOOD}, ["pick", "--", name], 0, EPOCH_3) for name in ODD_NAMES),
    *(Case(f"empty file {name!r}", {name: b""}, ["pick", "--", name], 3, "is empty") for name in ODD_NAMES),
    Case(
        "Git LFS pointer", {"log.csv": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"},
        code=3, says="is a Git LFS pointer, not the log itself; run: git lfs pull",
    ),
    Case("git-annex pointer", {"log.csv": "/annex/objects/MD5-s9--0\n"}, code=3, says="run: git annex get"),
    Case("DVC pointer", {"log.csv": "outs:\n- md5: 0\n  path: log.csv\n"}, code=3, says="run: dvc pull"),
    Case("gzip", {"log.csv": gzip.compress(gzip.compress(GOOD))}, code=3, says="is packed with gzip twice over"),
    Case("pickle", {"log.csv": b"\x80\x04\x95\x00."}, code=3, says="never loaded"),
)  # fmt: skip


@cases(*FILES)
def test_files(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    happens(case, tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize("how", ["open", "read", "list"])
def test_no_permission(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Case("", {"runs/a/metrics.csv": GOOD, "runs/locked/metrics.csv": GOOD})
    happens(dataclasses.replace(locked, command="pick runs", code=2, says="2 runs"), tmp_path, capsys, monkeypatch)
    real = {"open": os.open, "read": opening._read, "list": os.scandir}

    def refuse(path: object, *rest: object) -> object:
        if "locked" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real[how](path, *rest)  # type: ignore[operator]

    def unreadable(path: Path, file: object, size: int) -> bytes:
        if "locked" in str(path):
            raise opening.LogError(f"{path}: cannot be read (Input/output error)")
        return real["read"](path, file, size)  # type: ignore[operator, no-any-return]

    if how == "read":
        monkeypatch.setattr(opening, "_read", unreadable)
    else:
        monkeypatch.setattr(os, {"open": "open", "list": "scandir"}[how], refuse)
    out = happens(Case("", {}, "pick runs --format json"), tmp_path, capsys, monkeypatch)
    answer = json.loads(out)["run"]
    assert answer["degraded"]
    assert [note["code"] for note in answer["notes"] if note["level"] == "warn"] == ["SM161"]
    if how != "list":
        happens(Case("", {}, "pick runs/locked/metrics.csv", 3, "cannot be"), tmp_path, capsys, monkeypatch)


# ---- CSV and TSV: 21–38

SEVEN = "epoch,accuracy,auc,loss,val_accuracy,val_auc,val_loss\n"
COMMAS = GOOD.decode().replace(",", ";").replace(".", ",")

TABLES = (
    Case(
        "ragged rows", log("0,1,.9", "1,1,.8", "2,1,.5,7", "3,1,.4,7", "4,1,.7"),
        says=("Ship epoch 4", "warn SM102", "lines 4–5 have 4 cells, the header has 3", "after a resume"),
    ),
    Case(
        "all rows too long", log("0,1,.9,7", "1,1,.8,7", "2,1,.5,7"), code=3,
        says="lines 2–4 have 4 cells, the header has 3",
    ),
    Case(
        "short last row", {"log.csv": GOOD + b"6,0.1"}, says=(EPOCH_3, "warn SM101", "line 8 has no newline"),
    ),
    Case(
        "short row inside", log("0,1,.9", "1,1", "2,1,.8"), says=("Ship epoch 2", "warn SM102", "line 3 has 2"),
    ),
    Case("last line may be cut", {"log.csv": GOOD + b"6,0.1,0.0"}, says=(EPOCH_3, "warn SM101", "--complete")),
    Case("last line is whole", {"log.csv": GOOD + b"6,0.1,0.01"}, "pick log.csv --complete", 0, "Ship epoch 6"),
    Case(
        "header again, epochs go on", log("0,1,.9", "1,1,.3", HEADER.strip(), "2,1,.8"),
        says=("Ship epoch 1", "SM107"),
    ),
    Case(
        "header again, epochs start over", {"log.csv": GOOD + HEADER.encode() + b"0,1,.1\n"}, code=2,
        says=("holds 2 trainings", "--segment 1", "--segment 2"),
    ),
    Case(
        "two columns of one name", log("0,.9,.8", "1,.1,.9", header="epoch,val_loss,val_loss\n"), code=2,
        says="column 'val_loss' appears twice",
    ),
    Case("twins", log("0,.9,.9", "1,.1,.1", header="epoch,val_loss,val_loss\n"), says="Ship epoch 1"),
    Case("no epochs", {"log.csv": "loss,val_loss\n1,.9\n1,.4\n"}, code=2, says="--index row"),
    Case(
        "rows for epochs", {"log.csv": "loss,val_loss\n1,.9\n1,.4\n"}, "pick log.csv --index row", 0,
        ("Ship epoch 1", "SM114"),
    ),
    Case("epochs start over", {"log.csv": GOOD + b"0,1,.3\n1,1,.2\n"}, code=2, says="--segment 2"),
    Case(
        "one is named", {"log.csv": GOOD + b"0,1,.3\n1,1,.2\n"}, "pick log.csv --segment 2", 0,
        ("Ship epoch 1", "SM106"),
    ),
    Case(
        "the later covers the earlier", {"log.csv": GOOD + GOOD[len(HEADER) :].replace(b"0.4", b"0.8")},
        says=("Ship epoch 2", "warn SM106"),
    ),
    Case("equal epochs", log("0,1,.9", "1,1,.3", "1,1,.3", "2,1,.8"), says=("Ship epoch 1", "note SM105")),
    Case("different", log("0,1,.9", "1,1,.3", "1,1,.7", "2,1,.6"), says=("Ship epoch 2", "warn SM105")),
    Case("gaps", log("0,1,.9", "1,1,.3", "5,1,.7"), says=("Ship epoch 1", "SM108", "between 1 and 5")),
    *(
        Case(
            f"epoch {odd}", log("0,1,.9", "1,1,.3", f"{odd},1,.1", "2,1,.8"),
            says=("Ship epoch 1", "warn SM104"),
        )
        for odd in ("1e18", "-1", "1.5", "nan", "inf", "9" * 400, "x")
    ),
    Case("a far epoch", log("0,1,.9", "1,1,.3", "999999999,1,.1"), says="Ship epoch 999999999"),
    Case("far steps", log("0,1,.9", f"{2**52},1,.3", header="step,loss,val_loss\n"), says=f"Ship step {2**52}"),
    Case("no row is left", log("1e18,1,.9", "-5,1,.3"), code=3, says="no row can be placed"),
    Case("semicolons", {"log.csv": GOOD.replace(b",", b";")}, says=EPOCH_3),
    Case("tabs", {"log.tsv": GOOD.replace(b",", b"\t")}, "pick log.tsv", 0, EPOCH_3),
    Case("blanks", {"log.txt": GOOD.replace(b",", b"  ")}, "pick log.txt", 0, EPOCH_3),
    Case("decimal comma", {"log.csv": COMMAS}, code=2, says="--decimal ,"),
    Case("decimal comma said", {"log.csv": COMMAS}, ["pick", "log.csv", "--decimal", ","], 0, EPOCH_3),
    Case("newline in quotes", log("0,1,.9", '1,"1\n",.3', "2,1,.8"), says="Ship epoch 1"),
    Case("open quote", log("0,1,.9", '1,"1,.3', *(["2,1,.8"] * 30)), code=3, says="log.csv:3: a quoted cell"),
    Case(
        "open quote in a large file", log('0,"1,.9', *(["2,1,.8"] * 90_000)), code=3,
        says="log.csv:2: a quoted cell",
    ),
    Case(
        "lists", log('0,"[0.1, 0.2]",.9', '1,"[0.1, 0.2]",.3'), says=("Ship epoch 1", "SM111", "loss (lists"),
    ),
    Case("missing", log("0,NA,.9", "1,None,.3", "2,,.5", "3,-,-"), says="Ship epoch 1"),
    *(
        Case(
            f"{odd} is no number", log("0,1,.9", f"1,1,{odd}", "2,1,.5"),
            says=("Ship epoch 2", "warn SM109", "1 of 3 cells are not numbers"),
        )
        for odd in ("0.5%", "1_000", "１２", "0x1", "1e", "..1", "tensor(a)")
    ),
    Case("unwrapped", log("0,1,.9", "1,1,tensor(0.3)", "2,1,np.float32(0.5)"), says=("Ship epoch 1", "SM110")),
    Case(
        "mostly text", log("0,1,a", "1,1,.3", "2,1,b", "3,1,.4", "4,1,c"),
        says=("Ship epoch 1", "3 of 5 cells are not numbers"),
    ),
    Case("NUL in a cell", log("0,1,.9", "1,1,.\x003", "2,1,.5"), says=("Ship epoch 2", "SM102", "NUL")),
    Case("a huge cell", log("0,1,.9", f"1,{'1' * 131_073},.3"), code=3, says="log.csv:3: a cell is longer"),
    Case(
        "very many columns", {"log.csv": "epoch," + ",".join(f"m{i}" for i in range(100_000)) + "\n0,1\n"},
        code=3, says="100,001 columns, more than the limit of 5,000",
    ),
)  # fmt: skip


@cases(*TABLES)
def test_tables(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(case, tmp_path, capsys, monkeypatch)


# ---- TensorBoard: 49–59


def name(seconds: int = 1, count: int = 0) -> str:
    return f"runs/events.out.tfevents.{1_700_000_000 + seconds}.host.7.{count}"


def points(tag: str = "val/loss", values: Sequence[float] = VALUES, first: int = 1) -> list[bytes]:
    return [slow.scalar(tag, first + at, value) for at, value in enumerate(values)]


def events(*records: bytes) -> bytes:
    return slow.version() + b"".join(records)


def broken(record: bytes, at: int) -> bytes:
    return record[:at] + bytes([record[at] ^ 4]) + record[at + 1 :]


def raw(content: bytes) -> bytes:
    """A record whose checksums are right, whatever it holds."""
    return slow.record(content)


def double_tensor(value: float) -> bytes:
    return slow.tensor(2, slow.bytes_field(6, struct.pack("<d", value)), [1]) + slow.metadata("scalars")


def huge(folder: Path) -> None:
    """Images of 1 GiB between scalars, as holes in the file."""
    size = 1 << 30
    path = folder / name()
    path.parent.mkdir()
    with path.open("wb") as file:
        file.write(slow.version())
        for record in points():
            file.write(record)
            image = slow.varint(4 << 3 | 2) + slow.varint(size)
            value = slow.bytes_field(1, b"image")
            body = slow.varint(1 << 3 | 2) + slow.varint(len(value) + len(image) + size) + value + image
            head = slow.double_field(1, 1.0) + slow.varint(5 << 3 | 2) + slow.varint(len(body) + size) + body
            length = struct.pack("<Q", len(head) + size)
            file.write(length + struct.pack("<I", slow.masked(length)) + head)
            file.seek(size + 4, os.SEEK_CUR)
        file.write(points("val/loss", [0.9], first=9)[0])


P = points()
SHIPS_4 = "Ship step 4"
EVENTS = (
    Case("torn", {name(): events(*P)[:-7]}, "pick runs", 0, (SHIPS_4, "note SM131", "unfinished record")),
    Case(
        "damaged data", {name(): events(*P[:3], broken(P[3], 20), *P[4:])}, "pick runs", 0,
        ("Ship step 3", "warn SM132", f"@{len(events(*P[:3]))}"),
    ),
    Case(
        "damaged length", {name(): events(*P[:3], broken(P[3], 1), *P[4:])}, "pick runs", 0,
        ("Ship step 3", "warn SM133"),
    ),
    Case(
        "other files are read", {name(): events(broken(P[0], 1)), name(2): events(*P)}, "pick runs", 0,
        (SHIPS_4, "warn SM133"),
    ),
    Case(
        "impossible length",
        {name(): events(*P) + struct.pack("<Q", 2**63) + struct.pack("<I", slow.masked(struct.pack("<Q", 2**63)))},
        "pick runs", 0, (SHIPS_4, "warn SM133", "length of 9223372036854775808"),
    ),
    Case("no protobuf", {name(): events(*P, raw(b"\xff" * 40))}, "pick runs", 0, (SHIPS_4, "SM134")),
    Case(
        "endless varint", {name(): events(*P, raw(b"\x10" + b"\xff" * 30))}, "pick runs", 0, (SHIPS_4, "SM134"),
    ),
    Case(
        "wrong wire type", {name(): events(*P, raw(slow.event(9, slow.bytes_field(1, b"\x0d\x00"))))},
        "pick runs", 0, (SHIPS_4, "SM13"),
    ),
    Case(
        "a tag that is not UTF-8",
        {name(): events(*P, raw(slow.event(9, slow.value(b"\xff\xfe", slow.float_field(2, 1.0)))))},
        "pick runs", 0, SHIPS_4,
    ),
    Case(
        "clock and sign",
        {name(): events(*(slow.scalar("val/loss", s, abs(s + 1) / 9, float("nan")) for s in range(-2, 3)))},
        "pick runs", 0, ("Ship step -1", "SM142"),
    ),
    Case(
        "no steps", {name(): events(*(slow.scalar("val/loss", 0, value) for value in VALUES))}, "pick runs", 2,
        ("logged at step 0", "--index row"),
    ),
    Case(
        "two files of one second",
        {name(1, 9): events(*points(values=[0.9, 0.1])), name(1, 10): events(*points(values=[0.3, 0.5], first=2))},
        "pick runs", 0, ("Ship step 2", "SM136"),
    ),
    Case("empty beside a good one", {name(): b"", name(2): events(*P)}, "pick runs", 0, SHIPS_4),
    Case("only a version", {name(): events(), name(2): events(*P)}, "pick runs", 0, SHIPS_4),
    Case("nothing else", {name(): events()}, f"pick {name()}", 3, "holds no scalars yet"),
    Case("a folder of nothing else", {f"a/{name()}": events()}, "pick a", 3, "holds no scalars yet"),
    Case(
        "other payloads of the tag",
        {name(): events(*P, raw(slow.event(8, slow.value("val/loss", slow.bytes_field(5, b"\x09" + bytes(8))))))},
        "pick runs", 0, SHIPS_4,
    ),
    Case(
        "tensors of one number",
        {name(): events(*(
            raw(slow.event(step, slow.value("val/loss", double_tensor(value)))) for step, value in enumerate(VALUES)))},
        "pick runs", 0, "Ship step 3",
    ),
    Case("gigabytes of images", {}, "pick runs --max-bytes 9000000000", 0, SHIPS_4, huge),
)  # fmt: skip


@cases(*EVENTS)
def test_event_files(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(case, tmp_path, capsys, monkeypatch)


def test_a_live_writer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there is read, record by record, at whatever byte the writer happens to be."""
    whole = events(*P)
    log = tmp_path / Path(name()).name
    picks = []
    for size in range(len(whole) - 60, len(whole) + 1):
        log.write_bytes(whole[:size])
        done = command(capsys, "pick", log)
        assert done.code == 0
        picks.append(done.out.partition("\n")[0][:11])
    assert picks == [SHIPS_4] * 61


# ---- values and decisions: 67–76


def column(*values: object, header: str = "epoch,val_loss\n") -> dict[str, bytes | str]:
    return log(*(f"{epoch},{value}" for epoch, value in enumerate(values)), header=header)


CHECKPOINTS = {f"ckpt/weights.{epoch + 1:02d}-{value}.keras": b"w" for epoch, value in enumerate(VALUES)}
WITH_FILES = "pick log.csv --checkpoints ckpt"

VALUE_CASES = (
    Case("NaN sometimes", column("nan", 0.5, "nan", 0.4, 0.6), says=(EPOCH_3, "warn SM167", "at 2 of 5")),
    Case("never finite", column("nan", "nan", "inf"), code=3, says="ever finite"),
    Case("never finite, named", column("nan", "inf"), "pick log.csv --metric val_loss", 2, "no finite value"),
    Case("order of extremes", column("inf", 1e308, 5e-324, -0.0, 0.1), says=(EPOCH_3, "SM167")),
    Case("subnormal is above zero", column(1e308, 5e-324, 1e-300, 2.5e-310), says="Ship epoch 1"),
    Case("minus infinity never wins", column(0.5, "-inf", 0.4), says=("Ship epoch 2", "warn SM168")),
    Case(
        "infinity never wins", column(0.5, "inf", 0.7, header="epoch,val_accuracy\n"),
        says=("Ship epoch 2", "warn SM168"),
    ),
    Case(
        "zeros in place of an evaluation",
        log("1,1,0,0", "2,1,.5,.7", "3,1,0,0", "4,1,.6,.8", header="epoch,train/loss,metrics/mAP50(B),val/box_loss\n"),
        "pick log.csv --metric val/box_loss", 0, ("Ship epoch 2", "warn SM113"),
    ),
    Case("constant", column(0.5, 0.5, 0.5), says=("warn SM164", "is the same at every epoch")),
    Case("the best is the last", column(0.9, 0.7, 0.5), says=("Ship epoch 2", "still improving")),
    Case(
        "the best has no file",
        {"log.csv": GOOD, **{path: b"w" for path in CHECKPOINTS if "0.4." not in path}}, WITH_FILES, 0,
        ("Ship epoch 2 → ckpt/weights.03-0.5.keras", "Epoch 3 would have brought val_loss 0.400 instead of 0.500"),
    ),
    Case(
        "two files of the epoch", {"log.csv": GOOD, "ckpt/epoch=4.ckpt": b"w", "ckpt/epoch=4-v1.ckpt": b"w"},
        WITH_FILES, 2,
        ("2 files belong to epoch 3", "--checkpoint-glob epoch=4.ckpt", "--checkpoint-glob epoch=4-v1.ckpt"),
    ),
    Case(
        "two folders", {"log.csv": GOOD, "ckpt/a/epoch=3.ckpt": b"w", "ckpt/b/epoch=3.ckpt": b"w"},
        WITH_FILES, 2, ("--checkpoint-glob ckpt/a/epoch=3.ckpt", "--checkpoint-glob ckpt/b/epoch=3.ckpt"),
    ),
    Case(
        "values that contradict the log",
        {"log.csv": GOOD, "ckpt/epoch=3-val_loss=0.77.ckpt": b"w", "ckpt/epoch=4-val_loss=0.88.ckpt": b"w"}, WITH_FILES,
        2, ("do not settle", "epoch=3-val_loss=0.77.ckpt", "epoch=4-val_loss=0.88.ckpt"),
    ),
    Case(
        "empty checkpoint", {"log.csv": GOOD, **CHECKPOINTS, "ckpt/weights.04-0.4.keras": b""}, WITH_FILES, 0,
        ("Ship epoch 2 → ckpt/weights.03-0.5.keras", "warn SM151", "is empty (0 bytes)"),
    ),
    Case(
        "empty folder", {"log.csv": GOOD, "ckpt/epoch=2.ckpt": b"w"}, WITH_FILES, 0,
        ("Ship epoch 1", "no checkpoint file", "warn SM151", "is an empty folder"),
        lambda folder: (folder / "ckpt/epoch=3.ckpt").mkdir(),
    ),
    Case("case of a name", {"log.csv": GOOD}, "pick log.csv --metric Val_Loss", 2, "--metric val_loss"),
    Case(
        "prefix of a name", {"log.csv": GOOD}, "pick log.csv --metric validation_loss", 2, "--metric val_loss",
    ),
    Case(
        "ties in single precision",
        {name(): events(*points(values=[0.5, 0.3, 0.3 + 1e-9, 0.6]))}, "pick runs", 0, ("Ship step 2", "steps 2–3"),
    ),
    Case(
        "names hold doubles, the log floats",
        {name(): events(*points(values=[0.5, 0.1234567, 0.6])), "ckpt/step=2-val_loss=0.123456789.ckpt": b"w"},
        "pick runs --checkpoints ckpt", 0, ("Ship step 2 → ckpt/step=2-val_loss=0.123456789.ckpt",),
    ),
)  # fmt: skip


@cases(*VALUE_CASES)
def test_values(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(case, tmp_path, capsys, monkeypatch)


def test_the_same_run_in_two_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.3 of a table and 0.30000001192 of an event file are one value: same pick, same values that are as good."""
    values = [0.9, 0.5, 0.3, 0.31, 0.3, 0.6]
    files = {**column(*values), name(): events(*(slow.scalar("val_loss", at, v) for at, v in enumerate(values)))}
    answers = []
    for place in ("log.csv", "runs"):
        case = Case("", files, f"pick {place} --format json --rule best")
        answers.append(json.loads(happens(case, tmp_path, capsys, monkeypatch)))
    table, event_file = answers
    assert table["recommended"]["epoch"] == event_file["recommended"]["step"] == 2
    assert table["as_good_as"] == event_file["as_good_as"]
    assert table["recommended"]["values"]["val_loss"] == pytest.approx(event_file["recommended"]["values"]["val_loss"])


# ---- configuration: 78–80


def policy(text: str | bytes, code: int = 2, says: str | Sequence[str] = (), label: str = "") -> Case:
    files = {"log.csv": GOOD, "selectmodel.toml": text}
    return Case(f"{label or text!r:.40}", files, "pick log.csv", code, says)


OUTSIDE = {"selectmodel.toml": 'rule = "last"', "repo/sub/log.csv": GOOD}


def enter(folder: str) -> Make:
    def make(root: Path) -> None:
        (root / "repo/.git").mkdir()
        os.chdir(root / folder)

    return make


TWO = log("0,.9,.8", "1,.8,.9", header="epoch,val_acc,val_auc\n")
POLICIES = (
    policy("rule =\n", 2, "selectmodel.toml:1:7: Invalid value"),
    policy("rulle = 'best'", 2, ("selectmodel.toml:1: rulle", "did you mean rule?")),
    policy("[patience]\npacience = 3", 2, ("selectmodel.toml:2: patience.pacience", "did you mean patience?")),
    policy("min_epoch = 'x'", 2, "selectmodel.toml:1: min_epoch: 'x' is not allowed; it takes a number"),
    policy("best = 3", 2, "selectmodel.toml:1: best: must be a table"),
    policy("rule = '\xff'".encode("latin-1"), 2, "is not UTF-8 text"),
    policy("rule = 'best'".encode("utf-16"), 2, "is not UTF-8 text"),
    policy("rule = 'best'\nrule = 'last'", 2, "selectmodel.toml:2:"),
    policy("[gap]\nweight = inf", 2, "inf is not allowed"),
    policy("min_epoch = nan", 2, "nan is not allowed"),
    policy("[threshold]\nconditions = ['val_loss < nan']\n", 2, "'val_loss < nan' is not allowed"),
    policy(f"min_epoch = 1{'0' * 400}", 2, "inf is not allowed", "beyond a double"),
    policy(f"val_size = 1{'0' * 400}", 2, "is not allowed", "beyond a float"),
    policy(f"val_size = 1{'0' * 5000}", 2, "too many digits", "5000 digits"),
    policy(f"rule = {'[' * 20_000}", 2, "nested too deeply", "depth bomb"),
    policy("#" * 2_000_000, 2, "is larger than", "two megabytes"),
    policy("", 0, EPOCH_3, "empty"),
    Case("no such file", {"log.csv": GOOD}, "pick log.csv --policy x.toml", 2, "no such file"),
    Case(
        "tool is no table", {"log.csv": GOOD, "pyproject.toml": "tool = 3\n#[tool.selectmodel]"}, code=2,
        says="pyproject.toml: tool must be a table",
    ),
    Case("not above the repository", OUTSIDE, "pick log.csv", 0, EPOCH_3, enter("repo/sub")),
    Case(
        "up to the repository", {**OUTSIDE, "repo/selectmodel.toml": 'rule = "last"'}, "pick log.csv -v", 0,
        ("Ship epoch 5", "policy: ", "/repo/selectmodel.toml"), enter("repo/sub"),
    ),
    Case("none", {"log.csv": GOOD}, "pick log.csv --verbose", 0, (EPOCH_3, "policy: built-in defaults")),
    Case(
        "nothing is meant", {"log.csv": GOOD}, "pick log.csv --metric auc", 2,
        ("no metric is named", "val_loss"),
    ),
    Case(
        "two are meant", TWO, "pick log.csv --metric val_a", 2,
        ("--metric val_acc", "--metric val_auc"),
    ),
    Case(
        "none is named and two may be",
        log("0,.9,.8", "1,.8,.9", header="epoch,val_cat_acc,val_dog_acc\n"),
        "pick log.csv",
        2,
        ("--metric val_cat_acc", "--metric val_dog_acc"),
    ),
)  # fmt: skip


@cases(*POLICIES)
def test_policies_and_metrics(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(case, tmp_path, capsys, monkeypatch)


# ---- output and environment: 81–88


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a log, made the current one."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "log.csv").write_bytes(GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def shell(
    line: str, folder: Path, program: str = f'"{sys.executable}" -m selectmodel', **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """A line of bash in which ``selectmodel`` is the program under test; None takes a variable away."""
    kept = {key: value for key, value in {**os.environ, **environment}.items() if value is not None}
    line = f'selectmodel() {{ {program} "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=folder, env=kept, check=False)


def hook(code: str, *arguments: str, folder: Path) -> subprocess.Popen[bytes]:
    """The program with a fault put in by ``code`` before it starts."""
    start = "import sys; from selectmodel.cli.main import main; sys.argv[0] = 'selectmodel'\n"
    program = [sys.executable, "-c", f"{start}{code}\nmain()", *arguments]
    return subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("target", ["old.json", "new.json"])
@pytest.mark.parametrize("call", ["os.fsync", "os.replace", "os.write"])
def test_the_disk_is_full(
    call: str, target: str, good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("old.json").write_text("old")
    before = here()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full) if call == "os.replace" else monkeypatch.setattr(call, full)
    done = command(capsys, "pick", "log.csv", "-o", target, "--force")
    assert (done.code, done.out) == (4, "")
    assert f"error: -o {target}: cannot be written (No space left on device)" in done.err
    assert (here(), Path("old.json").read_text()) == (before, "old")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("no/such/a.json", 4),
        ("log.csv/a.json", 4),
        (f"{'a' * 300}.json", 4),
        ("folder.json", 4),
        (f"{'a' * 245}.json", 0),
    ],
)
def test_a_place_that_cannot_be_written(target: str, code: int, good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (good / "folder.json").mkdir()
    before = here()
    assert command(capsys, "pick", "log.csv", "-o", target, "--force").code == code
    assert code == 0 or here() == before


def test_a_log_in_a_folder_is_not_overwritten(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", ".", "-o", "log.csv", "--force")
    assert done.code == 2
    assert "is read by this command itself" in done.err
    assert Path("log.csv").read_bytes() == GOOD


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["pick log.csv", "inspect log.csv --format csv", "rules", "explain best"])
def test_standard_output_is_full(arguments: str, good: Path) -> None:
    done = shell(f"selectmodel {arguments} > /dev/full", good, warm.program())
    assert (done.returncode, "Traceback" in done.stderr) == (4, False)


SLOW = (
    "import os, time; from selectmodel.files import opening\n"
    "def wait(*_): print('now', file=sys.stderr, flush=True); time.sleep(600)\n"
)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("where", ["opening._read", "os.fsync"])
def test_interrupted(number: signal.Signals, code: int, where: str, good: Path) -> None:
    """While it reads, and while it writes: no output, no half of a file, no temporary file."""
    Path("old.json").write_text("old")
    before = here()
    program = hook(f"{SLOW}{where} = wait", "pick", "log.csv", "-o", "old.json", "--force", folder=good)
    with program:
        assert program.stderr is not None and program.stdout is not None
        assert program.stderr.readline() == b"now\n"
        program.send_signal(number)
        out, err = program.communicate(timeout=300)
    assert (program.returncode, out, err) == (code, b"", b"")
    assert (here(), Path("old.json").read_text()) == (before, "old")


def test_standard_output_is_closed(good: Path) -> None:
    for line in ("pick log.csv", "inspect log.csv --format csv", "rules", "--help", "pick --help"):
        done = shell(f"selectmodel {line} | true; exit ${{PIPESTATUS[0]}}", good, warm.program())
        assert (done.returncode, done.stderr) == (0, ""), line
    done = shell("selectmodel pick log.csv >&-", good)
    assert (done.returncode, done.stderr) == (4, "error: standard output: is closed\n")
    done = shell("selectmodel pick absent.csv 2>&-", good)
    assert (done.returncode, done.stdout) == (3, "")
    done = shell("selectmodel pick - <&-", good)
    assert (done.returncode, done.stderr) == (3, "error: standard input: is closed\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-16"])
def test_any_encoding(encoding: str, good: Path) -> None:
    (good / "größe\u202e.csv").write_bytes(GOOD.replace(b"loss", "größe_loss→".encode()))
    lines = ["pick größe*.csv", "inspect größe*.csv", "pick gröse.csv", "explain best", "pick größe*.csv --format html"]
    for line in lines:
        program = warm.program() if line != lines[0] else f'"{sys.executable}" -m selectmodel'
        done = subprocess.run(
            ["bash", "-c", f"{program} {line}"],
            capture_output=True, cwd=good, check=False,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == (3 if "gröse" in line else 0), done.stderr
        assert b"Error" not in done.stderr


def test_no_terminal_worth_the_name(
    good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes whatever the environment says, and every number in full."""

    def picked(environment: Mapping[str, str], *more: str) -> str:
        with monkeypatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            done = command(capsys, "pick", "log.csv", *more)
        assert done.code == 0, done.err
        return done.out

    (good / "log.csv").write_text(
        HEADER + "".join(f"{at},{at}.1234567,{123456.25 + (at - 3) ** 2}\n" for at in range(6))
    )
    assert "\x1b" not in picked({})
    for environment in (
        {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "1"}, {"COLUMNS": "0"}, {"COLUMNS": "-5"}, {"COLUMNS": "wide"},
        {"COLUMNS": "1", "LINES": "1"},
    ):  # fmt: skip
        shown = picked(environment, "-v")
        assert "\x1b" not in shown
        for number in ("123456", "3.12"):
            assert number in shown, environment
    assert "\x1b" in picked({"FORCE_COLOR": "1"})  # as it asks
    assert EPOCH_3 in picked({"COLUMNS": "1000000000"})


def test_two_writers_of_one_report(good: Path) -> None:
    """Each report seen is whole, and is that of one of the writers."""
    rules = ("last", "best")
    line = f"{warm.program()} pick log.csv --rule {{}} -o report.json --force > /dev/null"
    three = f"for i in 1 2 3; do {line} || exit 9; done"
    seen = set()
    writers = [subprocess.Popen(["bash", "-c", three.format(rule)], cwd=good) for rule in rules]
    write = True
    while write:
        write = any(writer.poll() is None for writer in writers)  # one more look follows the last of them
        if Path("report.json").exists():
            seen.add(json.loads(Path("report.json").read_text())["recommended"]["rule"])
        time.sleep(0.01)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen <= set(rules) and seen
    assert here() == [".git", "log.csv", "report.json"]


@pytest.mark.parametrize(("times", "code"), [(1, 0), (2, 0), (9, 3)])
def test_rewritten_while_it_is_read(
    times: int, code: int, good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lightning writes a log anew when its header changes: half old, half new must never be judged."""
    real, left = opening._read, [times]

    def rewriting(path: Path, file: object, size: int) -> bytes:
        content: bytes = real(path, file, size)  # type: ignore[arg-type]
        if left[0] and size != opening.HEAD_BYTES:
            left[0] -= 1
            Path("log.csv").write_bytes(GOOD[: -10 * (left[0] % 2 + 1)] + b"\n")
        return content

    monkeypatch.setattr(opening, "_read", rewriting)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    done = command(capsys, "pick", "log.csv")
    assert done.code == code
    assert EPOCH_3 in done.out if code == 0 else "changed while it was read" in done.err


def test_grown_while_it_is_read(
    good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = opening._read

    def growing(path: Path, file: object, size: int) -> bytes:
        if size != opening.HEAD_BYTES:
            with Path("log.csv").open("ab") as more:
                more.write(b"9,1,0.1\n")
        content: bytes = real(path, file, size)  # type: ignore[arg-type]
        return content

    monkeypatch.setattr(opening, "_read", growing)
    assert EPOCH_3 in command(capsys, "pick", "log.csv").out  # what was there when it was opened


def test_nothing_is_needed_and_nothing_is_written(good: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in good.rglob("*")}
    for environment in (
        {"HOME": None},
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
        {"PATH": "/usr/bin:/bin"},
    ):
        done = shell("selectmodel pick log.csv", good, **environment)
        assert (done.returncode, done.stderr) == (0, ""), environment
        assert EPOCH_3 in done.stdout
    assert {path: path.stat().st_mtime_ns for path in good.rglob("*")} == before
    gone = "mkdir gone && cd gone && rmdir ../gone && "
    assert EPOCH_3 in shell(f"{gone}selectmodel pick {good}/log.csv", good).stdout
    assert shell(f"{gone}selectmodel inspect {good}", good, warm.program()).returncode == 0
    assert shell(f"{gone}selectmodel pick .", good).returncode == 3
    assert shell(f"{gone}selectmodel pick log.csv", good, warm.program()).returncode == 3
    assert EPOCH_3 in shell(f"{gone}selectmodel pick - < {good}/log.csv", good, warm.program()).stdout


def test_a_current_folder_that_may_not_be_read(
    good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "getcwd", locked)
    assert EPOCH_3 in command(capsys, "pick", good / "log.csv").out
