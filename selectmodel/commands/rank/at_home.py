"""A ranking with the addresses that its user knows, in place of those of copies that stood for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from selectmodel.commands.rank.ranking import LeftOut, RankedRun, Ranking
from selectmodel.commands.rank.remote import Mirror


def text(told: str, mirrors: Sequence[Mirror]) -> str:
    """A text with the addresses of what was mirrored."""
    for mirror in mirrors:
        told = mirror.told(told)
    return told


def ranking(found: Ranking, mirrors: Sequence[Mirror]) -> Ranking:
    """The ranking with every address that the user knows."""
    if not mirrors:
        return found

    def run(one: RankedRun) -> RankedRun:
        return replace(
            one,
            source=text(one.source, mirrors),
            checkpoint=None if one.checkpoint is None else text(one.checkpoint, mirrors),
            files=tuple(text(file, mirrors) for file in one.files),
            trouble=text(one.trouble, mirrors),
        )

    return replace(
        found,
        paths=tuple(text(path, mirrors) for path in found.paths),
        runs=tuple(map(run, found.runs)),
        configs=tuple(replace(item, runs=tuple(map(run, item.runs))) for item in found.configs),
        left_out=tuple(
            LeftOut(item.name, text(item.source, mirrors), text(item.reason, mirrors)) for item in found.left_out
        ),
        notes=tuple(
            replace(note, message=text(note.message, mirrors), where=text(note.where, mirrors)) for note in found.notes
        ),
    )
