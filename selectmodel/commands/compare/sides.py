"""From runs to sides: each run is decided by the policy; groups are found by folder, pattern or list of files."""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from selectmodel.commands.compare import at_the_pick, contrasts, history
from selectmodel.commands.compare.comparison import Comparison, Side
from selectmodel.commands.compare.member import MOST_EXAMPLES, Cycle
from selectmodel.commands.compare.predictions import Paired, judge
from selectmodel.commands.compare.same_metric import asked_of
from selectmodel.display import dates, numbers
from selectmodel.errors import ChoiceError, LogError, UsageError
from selectmodel.files import choose_run, discovery
from selectmodel.files.folders import exists, natural
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy
from selectmodel.records import Note, Run
from selectmodel.selection import dataset, recommend
from selectmodel.selection.checkpoints import with_checkpoints

#: Name of a side → its runs, by name.
Groups = Mapping[str, Sequence[tuple[str, Run]]]


def decide(run: Run, policy: Policy, name: str = "") -> Cycle:
    """What the policy recommends for one run, with what ``selectmodel-data.toml`` beside the log says of the data."""
    data = dataset.beside(run.files)
    policy = dataset.asked_of(run, policy)
    try:
        report = recommend.recommend(with_checkpoints(run, policy), policy)
    except ChoiceError as failure:  # the sentence is made for one log, and here are several
        message, choices = failure.given
        raise ChoiceError(f"{run.source}: {message}", choices) from None
    found = at_the_pick.of_report(report, policy, data)
    return replace(found, name=name) if name else found


def compare(
    groups: Groups,
    policy: Policy,
    *,
    sizes: Sequence[int] = (),
    predictions: tuple[Path, Path] | None = None,
    kept: Path | None = None,
    labels: Sequence[str] = (),
) -> Comparison:
    """The sides, in the order given, against the first; those of the history file ``kept`` come before them.

    ``sizes`` are numbers of validation examples, one for all sides or one a side. New decisions are added to the
    history after they were compared, under ``labels``, one a side, or their names. Raises UsageError or LogError as
    reading, picking and comparing do.
    """
    _check_labels(labels, len(groups), kept)
    sides = _decided(groups, policy, sizes)
    grouped = any(len(side.members) > 1 for side in sides)
    notes: list[Note] = []
    if kept is not None:
        sides = _labelled(sides, labels)
    logs = {member.log for side in sides for member in side.members}
    if kept is not None and not grouped:
        recorded: list[Cycle] = []
        if not sides or exists(kept):
            recorded, notes = history.read(kept)
        sides = _with_recorded(recorded, sides)
    fresh = [member for side in sides for member in side.members if member.log in logs]
    if predictions is not None and len(sides) != 2:
        raise UsageError(f"--predictions: is for two sides, and there are {len(sides)}")
    paired = _paired(predictions, sides) if predictions else None
    found = replace(contrasts.compare(sides, paired, notes, alone=kept is not None), policy=policy)
    if kept is None:
        return found
    added = history.append(kept, fresh) if fresh else []
    return replace(found, history=str(kept), recorded=len(added))


def _paired(files: tuple[Path, Path], sides: Sequence[Side]) -> Paired:
    from selectmodel.commands.compare.prediction_files import match

    return judge(match(*files), sides[0].name, sides[1].name)


def _decided(groups: Groups, policy: Policy, sizes: Sequence[int]) -> list[Side]:
    if len(sizes) not in (0, 1, len(groups)):
        raise UsageError(f"--val-size: {len(sizes)} sizes for {len(groups)} sides; give one for all, or one a side")
    for given in (*sizes, policy.val_size or 1):
        if not 1 <= given <= MOST_EXAMPLES:
            raise UsageError(f"--val-size {given}: must be from 1 to {MOST_EXAMPLES:,}")
    sides = []
    every = [run for runs in groups.values() for _, run in runs]
    for at, (name, runs) in enumerate(groups.items()):
        size = (sizes[at] if len(sizes) > 1 else sizes[0]) if sizes else None
        own = replace(policy, val_size=size) if size else policy
        sides.append(Side(name, tuple(decide(run, asked_of(run, own, every), member) for member, run in runs)))
    return sides


def _check_labels(labels: Sequence[str], count: int, kept: Path | None) -> None:
    if labels and kept is None:
        raise UsageError(f"--label {labels[0]}: names what is added to a --history, and none was given")
    if labels and len(labels) != count:
        raise UsageError(f"--label: {numbers.counted(len(labels), 'label')} for {numbers.counted(count, 'side')}; "
                         "give one a side, in their order")  # fmt: skip
    if len(set(labels)) < len(labels):
        raise UsageError("--label: two sides cannot have one label, by which they could not be told apart")


def _labelled(sides: Sequence[Side], labels: Sequence[str]) -> list[Side]:
    """The sides as they are added to a history: now, and under the label given, if any."""
    found = []
    for at, side in enumerate(sides):
        label = labels[at] if labels else None
        members = tuple(replace(member, created=dates.now(), label=label) for member in side.members)
        found.append(Side(label or side.name, members))
    return found


def _with_recorded(recorded: Sequence[Cycle], sides: Sequence[Side]) -> list[Side]:
    """What was recorded, in its order, and then what is new; a log that is recorded already stays in its place."""
    fresh = {side.members[0].log: side.members[0] for side in sides}
    decisions = [_once_more(old, fresh.pop(old.log, old)) for old in recorded] + list(fresh.values())
    return [Side(name, (member,)) for name, member in zip(told_apart(decisions), decisions, strict=True)]


def _once_more(old: Cycle, new: Cycle) -> Cycle:
    """A log that is recorded keeps its label unless it is given another, and its time unless it is decided anew."""
    created = old.created if new.key == old.key else new.created
    return replace(new, created=created, label=new.label or old.label)


def told_apart(decisions: Sequence[Cycle | Run]) -> list[str]:
    """A name for each that no other has: its own, else its source, else its place in the row."""
    named = [getattr(decision, "label", None) or decision.name for decision in decisions]
    names = list(named)
    sources = [decision.source for decision in decisions]
    for at, name in enumerate(named):
        if named.count(name) > 1:
            alone = sources.count(sources[at]) == 1
            names[at] = _short_source(sources[at], sources) if alone else f"{name} #{at + 1}"
    return names


def _short_source(source: str, sources: Sequence[str]) -> str:
    """As many last parts of a path as tell it from the others."""
    parts = Path(source).parts
    for n in range(1, len(parts) + 1):
        tail = parts[-n:]
        if sum(Path(other).parts[-n:] == tail for other in sources) == 1:
            return "/".join(tail)
    return source


# groups from the file system


def runs_of(places: Sequence[str], how: ReadOptions) -> list[tuple[str, Run]]:
    """Every run at the places of one group (a file, a folder of runs, or a pattern), by name, in natural order.

    Raises LogError where a place holds nothing; a run that two places name is read once.
    """
    found: dict[str, Run] = {}
    for place in places:
        for path in _expanded(place):
            for item in discovery.find(path, how):
                run = item.read()
                found.setdefault(os.path.normpath(run.source), run)
    names = _without_common(list(found))
    return list(zip(names, found.values(), strict=True))


def _expanded(place: str) -> list[Path]:
    if os.path.lexists(place) or not glob.has_magic(place):
        return [Path(place)]
    matches = sorted(glob.glob(place, recursive=True), key=natural)  # noqa: PTH207  Path.glob takes no absolute pattern
    if not matches:
        raise LogError(f"{place}: no file or folder fits this pattern")
    return [Path(match) for match in matches]


def _without_common(sources: Sequence[str]) -> list[str]:
    """Paths without the folders that all of them share: what is left tells the seeds apart."""
    if len(sources) < 2:
        return [Path(source).name for source in sources]
    common = os.path.commonpath(sources) if len({Path(source).is_absolute() for source in sources}) == 1 else ""
    return [os.path.relpath(source, common).replace(os.sep, "/") if common else source for source in sources]


def singles(places: Sequence[str], how: ReadOptions, names: Sequence[str] = ()) -> dict[str, list[tuple[str, Run]]]:
    """A side for each place, which holds one run, or for the run of it that ``names`` tells.

    Of several places that hold several runs, one name is looked for in each, or there is one a place, in their order;
    of a single one, every name is a side. Raises ChoiceError where no name tells which run is meant.
    """
    held = [(Path(place), discovery.find(Path(place), how)) for place in places]
    wanted = _wanted([place for place, found in held if len(found) > 1], names)
    runs = []
    for place, found in held:
        if len(found) > 1 and not names:
            raise _several(place, found)
        chosen = [(name,) for name in wanted[place]] if len(found) > 1 else [()]
        runs += [choose_run.choose(place, found, name).read() for name in chosen]
    return {name: [(name, run)] for name, run in zip(told_apart(runs), runs, strict=True)}


def _wanted(places: Sequence[Path], names: Sequence[str]) -> dict[Path, Sequence[str]]:
    """The names of runs that are meant in each of the places that hold several."""
    if names and not places:
        raise UsageError(f"--run {names[0]}: no log that is compared holds several runs")
    if len(places) == 1 or len(names) <= 1:
        return dict.fromkeys(places, names)
    if len(names) != len(places):
        several = " and ".join(str(place) for place in places)
        raise UsageError(f"--run: {len(names)} names for {several}; give one for all of them, or one each")
    return {place: [name] for place, name in zip(places, names, strict=True)}


def _several(place: Path, found: Sequence[Found]) -> ChoiceError:
    seeds = f"--group NAME={shlex.quote(str(place))}"
    flags = [f"--run {shlex.quote(item.name)}" for item in found]
    question = (
        f"{place}: holds {len(found)} runs; name one of them, several to compare, or all as the seeds of one side"
    )
    return ChoiceError(f"{question}:", [*flags, seeds])
