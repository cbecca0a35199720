"""Lines of the Python standard library, as numbers of characters: what a small language model reads."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from target import SIZES, Pool, Target, drawn

LENGTH = 32
#: 0 is what lies behind the end of a line, 1 a character that is hidden; then come the printable ones.
BLANK, HIDDEN, CHARACTERS = 0, 1, 2 + 95
PACKAGES = ("asyncio", "email", "idlelib", "multiprocessing", "tkinter", "unittest")
USES = ("target", "target", "language", "shift")
KEYWORDS = ("if", "for", "return", "def", "not", "in", "and", "is")


class _Line(NamedTuple):
    text: str
    package: str
    ends_block: bool
    #: What its file is for: the language (every fourth file), what has shifted (every fourth), or the targets.
    use: str


def source() -> np.ndarray:
    """(n, LENGTH) lines to learn the language from; no target has any of them."""
    lines = [line for line in _lines() if line.use == "language"]
    chosen = np.random.default_rng(1).permutation(len(lines))[:20_000]
    return np.array([_numbers(lines[place].text) for place in chosen])


def targets() -> list[Target]:
    """Four tasks; what has shifted are lines of other files."""
    return [
        _target("package of a line", len(PACKAGES), [
            (line, line.text, PACKAGES.index(line.package)) for line in _lines() if line.package in PACKAGES
        ]),
        _target("end of a block", 2, [(line, line.text, int(line.ends_block)) for line in _lines()]),
        _target("hidden keyword", len(KEYWORDS), list(_with_hidden_keyword())),
        _target("comments", 2, list(_comments())),
    ]  # fmt: skip


def _target(name: str, classes: int, labelled: list[tuple[_Line, str, int]]) -> Target:
    """The lines of a task: first what has shifted is set apart, then the rest is dealt out by the seed of the test."""
    alike = [example for example in labelled if example[0].use == "target"]
    order = drawn("test").permutation(len(alike))
    tested = min(SIZES["test"], len(alike) // 3)
    chosen = {
        "test": [alike[place] for place in order[:tested]],
        "fit": [alike[place] for place in order[tested:]],
        "shift": [example for example in labelled if example[0].use == "shift"],
    }
    pools = {}
    for part, examples in chosen.items():
        kept = drawn(part).permutation(len(examples))[: SIZES[part]]
        texts = np.array([_numbers(examples[place][1]) for place in kept])
        pools[part] = Pool(texts, np.array([examples[place][2] for place in kept]))
    return Target(name, classes, pools)


def _with_hidden_keyword() -> Iterator[tuple[_Line, str, int]]:
    wanted = re.compile(rf"\b({'|'.join(KEYWORDS)})\b")
    for line in _lines():
        found = wanted.findall(line.text)
        if len(found) == 1 and not line.text.startswith(("#", '"')):
            yield line, wanted.sub("\0", line.text), KEYWORDS.index(found[0])


def _comments() -> Iterator[tuple[_Line, str, int]]:
    """Comments without their sign, which may hold code, among lines of code."""
    for line in _lines():
        comment = line.text.lstrip("# ")
        if line.text.startswith("#") and len(comment) >= 12:
            yield line, comment, 1
        elif re.search(r"[(=]", line.text) and not line.text.startswith(("#", '"', "'")):
            yield line, line.text, 0


def _numbers(text: str) -> np.ndarray:
    codes = [HIDDEN if sign == "\0" else 2 + min(max(ord(sign) - 32, 0), 94) for sign in text[:LENGTH]]
    return np.array(codes + [BLANK] * (LENGTH - len(codes)), dtype=np.uint8)


@cache
def _lines() -> list[_Line]:
    """Each text once, in the order of the files' names; short lines tell nothing and are left out."""
    library = Path(sysconfig.get_path("stdlib"))
    files = sorted(path for package in _packages(library) for path in (library / package).rglob("*.py"))
    found: dict[str, _Line] = {}
    for number, path in enumerate(files):
        package = path.relative_to(library).parts[0]
        rows = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for row, following in zip(rows, [*rows[1:], ""], strict=False):
            text = row.strip()
            if len(text) >= 12:
                ends = len(following) - len(following.lstrip()) < len(row) - len(row.lstrip())
                found.setdefault(text, _Line(text, package, ends, USES[number % 4]))
    return list(found.values())


def _packages(library: Path) -> list[str]:
    """The packages of the library without what is installed in it or tests it."""
    left_out = {"site-packages", "test", "__pycache__", "lib2to3", "encodings", "pydoc_data"}
    return sorted(path.parent.name for path in library.glob("*/__init__.py") if path.parent.name not in left_out)
