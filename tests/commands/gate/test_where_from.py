"""A CI job installs what was installed here, where others can fetch it; never a path of this machine or a password."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from selectmodel.commands.init import where_from
from selectmodel.version import __version__

WHEEL = f"./selectmodel-{__version__}-py3-none-any.whl"
GIT = {"vcs": "git", "commit_id": "c0ffee"}
CASES: dict[str, tuple[Any, str]] = {
    "an index": (None, f"selectmodel=={__version__}"),
    "git": ({"url": "https://a.example/o/s.git", "vcs_info": GIT}, "git+https://a.example/o/s.git@c0ffee"),
    "git over ssh": ({"url": "ssh://git@a.example/s", "vcs_info": GIT}, "git+ssh://git@a.example/s@c0ffee"),
    "a folder of a repository": (
        {"url": "https://a.example/s", "vcs_info": GIT, "subdirectory": "py"},
        "git+https://a.example/s@c0ffee#subdirectory=py",
    ),
    "a token": ({"url": "https://me:secret@a.example/s", "vcs_info": GIT}, "git+https://a.example/s@c0ffee"),
    "a wheel of the web": ({"url": "https://a.example/s.whl", "archive_info": {}}, "https://a.example/s.whl"),
    "a repository of this machine": ({"url": "file:///home/me/s", "vcs_info": GIT}, WHEEL),
    "a folder": ({"url": "file:///home/me/s", "dir_info": {"editable": True}}, WHEEL),
    "nonsense": ([1], WHEEL),
    "no address": ({}, WHEEL),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_installed_is_what_was_installed_here(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    origin, wanted = CASES[case]
    told = None if origin is None else json.dumps(origin)
    found = SimpleNamespace(read_text=lambda name: told if name == "direct_url.json" else None)
    monkeypatch.setattr(where_from.metadata, "distribution", lambda name: found)
    assert where_from.requirement() == wanted


def test_a_copy_that_was_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise where_from.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(where_from.metadata, "distribution", missing)
    assert where_from.requirement() == WHEEL
