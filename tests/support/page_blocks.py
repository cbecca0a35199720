"""The blocks of a page, run as its reader would, one after the other in a folder of their own with sample logs.

``console``: what a command prints must be what stands below it, "…" for the rest. ``sh`` and ``python``: must succeed.
A block that begins with a comment that is a path is put into that file, and ``yaml``, ``toml`` and ``json`` must be so.
``<!-- run first … -->`` holds commands that prepare the folder, not shown. ``<!-- with: keras -->`` above a block
says which framework it needs; it runs in tests/docs/test_frameworks.py.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import warm
import yaml
from places import ROOT

from selectmodel.cli.main import run

_BLOCK = re.compile(
    r"<!-- run first\n(?P<hidden>.*?)-->"
    r"|(?:^<!-- with: (?P<framework>\w+) -->\n)?"
    r"^(?P<fence>`{3,})(?P<language>[\w{}-]*)[^\n]*\n(?P<text>.*?)^(?P=fence)$",
    flags=re.DOTALL | re.MULTILINE,
)
_FILE = re.compile(r"\A(?:#|//|<!--) (?P<name>[\w./-]+\.[a-z]+)(?: -->)?\n")
#: A folder of sample logs that a page names; there are many, most pages need one.
_SAMPLE = re.compile(r"\bsample_logs/(\w+)")
#: What a shell would do something with; a plain command is run in this process, which is faster.
_SHELL = frozenset("|&;<>()$`*?~#=[]{}\n'\"\\")
#: What the folder is called on the pages.
_HOME = "/home/me/project"
#: Today on every page is 2026-01-01, in Greenwich; the sample logs were written at noon.
_DAY = 1767225600
_WRITTEN = _DAY + 12 * 3600
SHOWN_ONLY = ("text", "diff", "", "{toctree}", "{include}", "{eval-rst}", "mermaid", "bibtex")


@dataclass(frozen=True)
class Block:
    """One block; ``start`` and ``end`` are where its text stands in the page."""

    language: str
    text: str
    framework: str
    start: int
    end: int


def blocks(page: str) -> list[Block]:
    """The blocks of a page, those that only prepare (as ``sh``) included."""
    found = []
    for one in _BLOCK.finditer(page):
        hidden = one["hidden"] is not None
        name = "hidden" if hidden else "text"
        language = "sh" if hidden else one["language"]
        found.append(Block(language, one[name], one["framework"] or "", one.start(name), one.end(name)))
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """(command, what is said to be printed) of a console block. A line that ends in a backslash goes on."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        line, _, output = part.partition("\n")
        while line.endswith("\\"):
            more, _, output = output.partition("\n")
            line = f"{line}\n{more}"
        found.append((line, output.rstrip("\n")))
    return found


class Folder:
    """Where the blocks of one page run; ``names`` are what its Python blocks have defined so far."""

    def __init__(self, place: Path, page: str) -> None:
        self.place = place
        self.names: dict[str, object] = {}
        (place / "sample_logs").mkdir(parents=True)
        for name in set(_SAMPLE.findall(page)):
            shutil.copytree(ROOT / "sample_logs" / name, place / "sample_logs" / name)
        for path in (place / "sample_logs").rglob("*"):
            os.utime(path, (_WRITTEN, _WRITTEN))
        (place / ".git").mkdir()  # no policy is looked for above
        programs = place / ".git" / "bin"
        programs.mkdir()
        for name, path in (("selectmodel", warm.program()), ("python", sys.executable)):
            (programs / name).write_text(f'#!/bin/sh\nexec "{path}" "$@"\n')
            (programs / name).chmod(0o755)
        self.env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(self, block: Block) -> str:
        """Runs a block; the text that it should have, which is its own unless it is a console."""
        named = _FILE.match(block.text)
        if named and block.language != "console":
            file = self.place / named["name"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text.split("\n", 1)[1] if named[0].startswith("<") else block.text)
        if block.language == "console":
            return "".join(self._shown(line, said) for line, said in commands(block.text))
        if block.language == "sh":
            done = self._shell(f"set -euo pipefail\n{block.text}")
            assert done.returncode == 0, f"{block.text}\n{done.stdout}"
        elif block.language == "python":
            code = compile(block.text, str(named["name"] if named else "page"), "exec")
            if not named:
                exec(code, self.names)
        elif block.language in ("yaml", "toml", "json"):
            {"yaml": yaml.safe_load, "toml": tomllib.loads, "json": json.loads}[block.language](block.text)
        else:
            assert block.language in SHOWN_ONLY, f"a block of {block.language} is not run"
        return block.text

    def _shown(self, line: str, said: str) -> str:
        printed = self._printed(line).rstrip().replace(str(self.place), _HOME)
        if said.endswith("…"):  # the beginning of a long answer
            head = said.split("\n")[:-1]
            printed = "\n".join([*printed.split("\n")[: len(head)], "…"])
        return f"$ {line}\n" + (f"{printed}\n" if printed else "")

    def _printed(self, line: str) -> str:
        if line.startswith("selectmodel ") and not _SHELL & set(line):
            out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                run(shlex.split(line)[1:])
            return out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        return self._shell(line).stdout

    def _shell(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            check=False, cwd=self.place, env={**os.environ, **self.env, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip


@contextmanager
def folder(place: Path, page: str) -> Iterator[Folder]:
    """A folder for a page with the sample logs that it names, current meanwhile; 80 columns, and a fixed day."""
    own = {"COLUMNS": "80", "SOURCE_DATE_EPOCH": str(_DAY), "TZ": "UTC"}
    own |= {"XDG_CACHE_HOME": str(place / ".git" / "cache")}
    kept = {name: os.environ.get(name) for name in own}
    made = Folder(place, page)
    os.environ.update(own)
    time.tzset()
    try:
        with contextlib.chdir(place):
            yield made
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        time.tzset()


def made_anew(page: str, place: Path) -> str:
    """The page with what its commands print today, and every other block run; those of a framework are left."""
    parts, before = [], 0
    with folder(place, page) as runs:
        for block in blocks(page):
            if block.framework:
                continue
            parts += [page[before : block.start], runs.run(block)]
            before = block.end
    return "".join([*parts, page[before:]])
