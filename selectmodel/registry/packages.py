"""What other packages declare: their plug-ins, by the entry points of the groups ``selectmodel.<kind>``."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_GROUP = "selectmodel."
_GROUPS = re.compile(r"^\s*\[\s*(selectmodel\.[^\]\s]+)\s*\]", re.MULTILINE)


class Declared(NamedTuple):
    """A plug-in as its package declares it; ``module`` is its name."""

    kind: str
    name: str
    package: str
    version: str
    module: str

    @property
    def origin(self) -> str:
        """``acme-selectmodel 1.2``."""
        return f"{self.package} {self.version}".strip()


@cache
def declared() -> tuple[Declared, ...]:
    """Every plug-in that an installed package declares, in the order of kinds and names."""
    # importlib.metadata costs 20 ms; a light scan of sys.path tells whether any package declares one at all.
    listings = (_GROUPS.findall(listing) for listing in _listings(tuple(sys.path)))
    groups = {group for found in listings for group in found}
    if not groups:
        return ()
    from importlib.metadata import entry_points

    return tuple(sorted(_declared(point) for group in groups for point in entry_points(group=group)))


def _declared(point: EntryPoint) -> Declared:
    package, version = "an unknown package", ""
    # What is installed without its metadata has neither name nor version.
    with suppress(Exception):
        if point.dist is not None:
            package, version = point.dist.name or package, point.dist.version or version
    return Declared(point.group.removeprefix(_GROUP), point.name, package, version, point.value)


def fault(one: Declared, kinds: tuple[str, ...], own: frozenset[str]) -> str:
    """Why a plug-in is not even listed, "" where it is; ``own`` are the names that are taken by ours."""
    from selectmodel.settings import nearest

    if one.kind not in kinds:
        hint = nearest(one.kind, kinds)
        return f"{_GROUP}{one.kind} is no group of plug-ins; " + (
            f"did you mean {_GROUP}{hint}?" if hint else "there are " + ", ".join(_GROUP + kind for kind in kinds)
        )
    if not re.fullmatch("[a-z][a-z0-9_]*", one.name):
        return "its name must be of small letters, digits and _, and begin with a letter"
    if one.name in own:
        return "not used: one of selectmodel has this name"
    first = next(each for each in declared() if each[:2] == one[:2])
    return "" if first is one else f"not used: one of {first.origin} has this name"


@cache
def _listings(places: tuple[str, ...]) -> list[str]:
    """What the packages installed in ``places`` declare."""
    found = []
    for folder in places:
        # A folder or a file that cannot be read declares nothing.
        with suppress(OSError):
            for listing in Path(folder or ".").glob("*.dist-info/entry_points.txt"):
                with suppress(OSError):
                    found.append(listing.read_text(encoding="utf-8", errors="replace"))
    return found
