"""A store holds what no folder can: markers of folders, objects that others lie below, names that are too long."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cli import command
from test_rank_engines import bucket  # noqa: F401 - a fixture

import selectmodel as sm
from selectmodel.commands.rank import rank
from selectmodel.commands.rank import store as remote
from selectmodel.errors import LogError
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy

fsspec = pytest.importorskip("fsspec")
ROWS = "".join(f"{epoch},{0.9 - 0.05 * epoch:.2f},{{}}{epoch}\n" for epoch in range(9))
GOOD, WORSE = (("epoch,val_loss,val_accuracy\n" + ROWS.format(*[start] * 9)).encode() for start in ("0.9", "0.8"))
RUNS = {"b/s/r1/training.csv": GOOD, "b/s/r2/training.csv": WORSE}
Content = bytes | Exception | Callable[[], Any]


class Odd(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """A store whose objects are given, whatever they are called."""

    protocol = "odd"
    objects: ClassVar[dict[str, Content]] = {}

    def find(self, path: str, **_: Any) -> dict[str, dict[str, Any]]:
        sizes = {name: len(held) if isinstance(held, bytes) else 10 for name, held in self.objects.items()}
        return {name: {"name": name, "size": size, "type": "file"} for name, size in sizes.items()}

    def cat_file(self, path: str, **_: Any) -> Any:
        held = self.objects[path]
        if isinstance(held, Exception):
            raise held
        return held() if callable(held) else held


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(remote, "PAUSES", (0.0,))
    fsspec.register_implementation("odd", Odd, clobber=True)
    yield
    Odd.objects = {}


MARKERS = {"b/s/": b"", "b/s/r1/": b"", "b/s/r2": b"", "b/s/nothing/": b""}


def test_what_marks_a_folder_is_passed_over() -> None:
    Odd.objects = RUNS | MARKERS
    ranking = sm.rank("odd://b/s")
    assert [run.name for run in ranking.runs] == ["r1/training.csv", "r2/training.csv"]
    assert not ranking.left_out


#: Object → where it is listed, and why no file of it can lie here.
NOT_HERE = {
    "b/s/r1": ("odd://b/s/r1", "is an object and a folder of the same name"),
    "b/s/" + "日" * 100 + "/training.csv": ("odd://b/s/" + "日" * 100 + "/training.csv", "File name too long"),
    "b/s/r1/" + "é" * 200 + ".pt": ("odd://b/s/r1/" + "é" * 200 + ".pt", "File name too long"),
    "b/s/" + "/".join(["d" * 200] * 25) + "/a.csv": ("odd://b/s/" + "/".join(["d" * 200] * 25) + "/a.csv", "too long"),
    "b/s/a\0b.csv": ("odd://b/s/a\0b.csv", "NUL"),
    "b/s/x/../../../a.csv": ("odd://b/s/x/../../../a.csv", "its name holds .."),
    "b/s/\ud800.csv": ("odd://b/s/\ud800.csv", "cannot be stored here"),
}


@pytest.mark.parametrize("name", NOT_HERE)
def test_what_cannot_lie_here_is_listed_and_the_others_are_ranked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Odd.objects = RUNS | {name: b"xyz"}
    ranking = sm.rank("odd://b/s")
    assert len(ranking.runs) == 2
    ((source, why),) = [(run.source, run.reason) for run in ranking.left_out]
    assert source == NOT_HERE[name][0] and NOT_HERE[name][1] in why
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (RuntimeError("boom\n::error::"), "RuntimeError: boom"),
        (lambda: b"x" * 2000, "more than the limit"),
        (lambda: "text", "in place of bytes"),
        (lambda: None, "in place of bytes"),
    ],
)
def test_an_object_that_cannot_be_had_is_listed(held: Content, why: str) -> None:
    Odd.objects = RUNS | {"b/s/r9/training.csv": held}
    ranking = rank.rank(["odd://b/s"], Policy(), ReadOptions(max_bytes=1000))
    assert [(run.name, why in run.reason) for run in ranking.left_out] == [("r9/training.csv", True)]
    assert len(ranking.runs) == 2


def test_a_machine_without_room_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    Odd.objects = RUNS
    with pytest.raises(LogError, match="no folder can be made here"):
        sm.rank("odd://b/s")


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    Odd.objects = RUNS | MARKERS | {"b/s/r1": b"marker"}
    done = command(capsys, "rank", "odd://b/s")
    assert done.code == 0 and "odd://b/s/r1" not in done.err
    assert "is an object and a folder of the same name" in done.out


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_a_bucket_with_the_markers_of_its_console(bucket: tuple[str, Any]) -> None:  # noqa: F811
    url, store = bucket
    held = {"": b"", "run1/": b"", "run1/training.csv": GOOD, "run2": b"x", "run2/training.csv": WORSE}
    for name, content in held.items():
        store.put_object("sweeps", f"runs/{name}", content)
    ranking = sm.rank(url)
    assert [run.name for run in ranking.runs] == ["run1/training.csv", "run2/training.csv"]
    assert [run.name for run in ranking.left_out] == ["run2"]
