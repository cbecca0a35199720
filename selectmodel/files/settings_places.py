"""Where the settings of a run lie: beside its log, or in a folder above that holds no other run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.files import hparams

if TYPE_CHECKING:
    from selectmodel.files.found_run import Found


def of_runs(root: Path, found: Sequence[Found], names: Mapping[str, Sequence[str]]) -> list[Path | None]:
    """The file of each run's settings, None where it has none.

    ``names`` are those of files that may hold settings, by folder; ``root`` is the folder that was searched.
    """
    inside = Counter(folder for item in found for folder in _up_to(root, item.home))
    at_home = Counter(item.home for item in found)
    places = []
    for item in found:
        above = [folder for folder in _up_to(root, item.home)[1:] if inside[folder] == 1]
        places.append(_place(item, [item.home, *above] if at_home[item.home] == 1 else [], names))
    return places


def _up_to(root: Path, folder: Path) -> list[Path]:
    """The folder and those above it, as far as the one that was searched."""
    above = [folder, *folder.parents]
    return above[: above.index(root) + 1] if root in above else [folder]


def _place(item: Found, own: Sequence[Path], names: Mapping[str, Sequence[str]]) -> Path | None:
    """The file named like the log; else, in the run's ``own`` folders from the nearest on, Hydra's; else a usual one.

    Hydra's holds all of the settings; what Lightning writes beside the log holds those of the module.
    """
    log = item.source.path.name if item.source.path in item.source.paths else ""
    logs = {path.name for path in item.source.paths}
    beside = [each for each in names.get(str(item.home), ()) if each not in logs]
    if name := hparams.named_like(log, beside):
        return item.home / name
    for folder in own:
        if name := hparams.usual(names.get(str(folder / hparams.HYDRA), ()), hparams.HYDRA_FILES):
            return folder / hparams.HYDRA / name
    for folder in own:
        if name := hparams.usual(beside if folder == item.home else names.get(str(folder), ())):
            return folder / name
    return None
