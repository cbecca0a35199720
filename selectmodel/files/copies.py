"""Logs of one training that lie in one folder: the most exact one is read, the others are copies of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from selectmodel import registry
from selectmodel.files.found_run import Found
from selectmodel.records import Note

#: Notes and model cards.
_CARD = ".md"


def is_card(log: str) -> bool:
    """Whether a log is a table in notes or in a model card, told by its name."""
    return log.lower().endswith(_CARD)


def without_cards(found: list[Found]) -> list[Found]:
    """Drops tables in notes and model cards, which are copies for people, where their folder holds a log as well."""
    logs = {str(item.home) for item in found if not is_card(item.source.path.name)}
    homes = {above for home in logs for above in (home, *map(str, Path(home).parents))}
    return [item for item in found if not is_card(item.source.path.name) or str(item.home) not in homes]


def most_exact(found: list[Found]) -> list[Found]:
    """Drops logs whose values are rounded where another log of the same training lies in their folder, or owns it."""
    rounded = {item.home: item.reader for item in found if registry.load("readers", item.reader).less_exact}
    exact = [item for item in found if not registry.load("readers", item.reader).less_exact]
    owned = {item.home for item in exact if registry.load("readers", item.reader).owns_folder}
    below = {home for home in rounded if owned and not owned.isdisjoint((home, *home.parents))}
    found = [item for item in found if item.home not in below or item in exact]
    twice = (rounded.keys() - below) & {item.home for item in exact if _is_file(item)}
    if not twice:
        return found
    kept = []
    for item in found:
        if item.home not in twice:
            kept.append(item)
        elif _is_file(item) and item in exact:
            other, own = (name.replace("_", " ") for name in (rounded[item.home], item.reader))
            message = f"the folder holds the same training as {other} too; the {own} log was read, it is more exact"
            kept.append(replace(item, notes=(*item.notes, Note("SM162", message, str(item.home)))))
    return kept


def _is_file(item: Found) -> bool:
    return item.source.path in item.source.paths
