"""Small files that are read whole: policies, settings, records."""

from __future__ import annotations

from pathlib import Path

import pytest

from selectmodel.errors import LogError
from selectmodel.files.opening import read_at_most


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(b"12345")
    assert read_at_most(file, 5, "policy") == b"12345"
    with pytest.raises(LogError, match=r"policy\.toml: is larger than 4 bytes, which no policy is"):
        read_at_most(file, 4, "policy")


@pytest.mark.parametrize("name", ["none", "."])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LogError):
        read_at_most(tmp_path / name, 5, "policy")
