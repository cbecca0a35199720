"""What was seen of copies, with the addresses that its user knows in place of those of the copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from selectmodel.commands.rank.ranking import LeftOut, RankedRun, Ranking
from selectmodel.commands.rank.remote import Mirror
from selectmodel.records import Note


def text(told: str, mirrors: Sequence[Mirror]) -> str:
    """A text with the addresses of what was mirrored."""
    for mirror in mirrors:
        told = mirror.told(told)
    return told


def run(one: RankedRun, mirrors: Sequence[Mirror]) -> RankedRun:
    """A run with its addresses."""
    return replace(
        one,
        source=text(one.source, mirrors),
        checkpoint=None if one.checkpoint is None else text(one.checkpoint, mirrors),
        files=tuple(text(file, mirrors) for file in one.files),
        trouble=text(one.trouble, mirrors),
    )


def left_out(one: LeftOut, mirrors: Sequence[Mirror]) -> LeftOut:
    """A run that could not be judged, with its addresses."""
    return replace(one, source=text(one.source, mirrors), reason=text(one.reason, mirrors))


def notes(told: Iterable[Note], mirrors: Sequence[Mirror]) -> tuple[Note, ...]:
    """Notes with their addresses."""
    return tuple(replace(note, message=text(note.message, mirrors), where=text(note.where, mirrors)) for note in told)


def ranking(found: Ranking, mirrors: Sequence[Mirror]) -> Ranking:
    """The ranking with every address that the user knows."""
    if not mirrors:
        return found
    return replace(
        found,
        paths=tuple(text(path, mirrors) for path in found.paths),
        runs=tuple(run(one, mirrors) for one in found.runs),
        configs=tuple(replace(item, runs=tuple(run(one, mirrors) for one in item.runs)) for item in found.configs),
        left_out=tuple(left_out(one, mirrors) for one in found.left_out),
        notes=notes(found.notes, mirrors),
    )
