"""A file that must not be there yet is written whole, and never over another one."""

import errno
import os
from pathlib import Path

import pytest

from selectmodel.files import writing


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_what_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "record.json"
    writing.begin(file, b"first")
    with pytest.raises(FileExistsError):
        writing.begin(file, b"second")
    assert file.read_bytes() == b"first" and list(tmp_path.iterdir()) == [file]
