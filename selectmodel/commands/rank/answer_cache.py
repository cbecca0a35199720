"""The answer to one question about a sweep, remembered until anything that it rests on changes.

That is every file of the trees that were looked at (:mod:`selectmodel.files.fingerprints`), the checkpoint files listed
for the runs that are shown, which may lie elsewhere, and the question itself. Nothing here needs numpy: what has not
changed is shown again in less time than it takes to import that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import repeat
from os.path import commonprefix
from pathlib import Path
from typing import Any

from selectmodel.commands.rank import cache as sweepcache
from selectmodel.commands.rank import typed
from selectmodel.commands.rank.cache import Cache
from selectmodel.commands.rank.ranking import Apart, Config, LeftOut, RankedRun, Ranking
from selectmodel.files import fingerprints
from selectmodel.files.checkpoints import listing
from selectmodel.files.fingerprints import Tree
from selectmodel.files.folders import absolute
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Note


@dataclass(slots=True)
class Memory:
    """One question, and the marks that ``trees`` bore before they were read; ``key`` is that of the question."""

    cache: Cache
    key: str
    policy: Policy
    trees: tuple[Tree, ...]
    files: str = ""

    def recalled(self) -> Ranking | None:
        """The answer of the last time, if nothing has changed since."""
        known = self.cache.answer(self.key)
        if known is None or not known[0].startswith(self._whole()):
            return None
        ranking = _ranking(known[1])
        if ranking is None:
            return None
        self.before(ranking)
        return ranking if known[0] == self._basis() else None

    def before(self, ranking: Ranking) -> None:
        """Notes which checkpoint files there are, before it is settled which of them are named."""
        self.files = _files(ranking, self.policy)

    def keep(self, ranking: Ranking) -> None:
        """Keeps the answer, in place of an earlier one to the same question."""
        self.cache.keep_answer(self.key, self._basis(), _text(ranking))

    def _whole(self) -> str:
        return " ".join(tree.whole for tree in self.trees)

    def _basis(self) -> str:
        return f"{self._whole()} {self.files}"


def of(cache: Cache, paths: Sequence[Path], policy: Policy, options: ReadOptions, *more: object) -> Memory | None:
    """The memory of a question, of which ``more`` is what else was asked; None where a tree cannot be marked."""
    trees = []
    for path in paths:
        tree = fingerprints.tree(path)
        if tree is None:
            return None
        trees.append(tree)
    places = [(str(path), str(absolute(path))) for path in paths]
    key = sweepcache.digest("answer", places, replace(policy, origin=""), options, more)
    return Memory(cache, key, policy, tuple(trees))


def _files(ranking: Ranking, policy: Policy) -> str:
    """A digest of all that is listed to name the checkpoint files of the runs that are shown."""
    if policy.checkpoints == "off":
        return ""
    shown = [*ranking.runs[: ranking.top], *(config.runs[0] for config in ranking.configs[: ranking.top])]
    folders = [] if policy.checkpoints is None else [Path(policy.checkpoints)]
    for run in shown:
        logs = list(dict.fromkeys((*run.files, run.source)))
        folders += listing.of_logs(run.source, logs, pattern=policy.checkpoint_glob)
    listed = [(folder, listing.listing(folder, pattern=policy.checkpoint_glob)) for folder in dict.fromkeys(folders)]
    return sweepcache.digest(listed)


_FIELDS = tuple(part.name for part in fields(RankedRun))


def _text(ranking: Ranking) -> str:
    """A ranking without picks as JSON. What is equal in all runs is written once."""
    runs = ranking.runs
    at = {run.key: index for index, run in enumerate(runs)}
    columns = {name: _column([getattr(run, name) for run in runs]) for name in _FIELDS}
    shared = commonprefix([run.source for run in runs])  # noqa: RUF071 - of characters
    columns["source"] = [run.source.removeprefix(shared) for run in runs]
    columns["files"] = _column([None if run.files == (run.source,) else run.files for run in runs])
    content = {
        "shared": shared,
        "runs": columns,
        "configs": [
            (item.name, item.hparams, [at[run.key] for run in item.runs], item.expected, item.low, item.high)
            for item in ranking.configs
        ],
        "left_out": [(item.name, item.source, item.reason) for item in ranking.left_out],
        "apart": [(item.metric, item.goal, item.runs, item.flag, item.why) for item in ranking.apart],
        "notes": [asdict(note) for note in ranking.notes],
        "findings": [
            (item.check, item.code, item.level, item.message, item.epochs, dict(item.evidence))
            for item in ranking.findings
        ],
        **{name: getattr(ranking, name) for name in _PLAIN},
    }
    return json.dumps(content, separators=(",", ":"))


_DECLARED = {
    "paths": "tuple[str, ...]", "places": "tuple[int, ...]", "config_places": "tuple[int, ...]",
    "columns": "tuple[str, ...]", "basis": "str", "top": "int", "believable": "str",
}  # fmt: skip
_PLAIN = tuple(_DECLARED)


def _column(values: list[Any]) -> list[Any]:
    """The values, or the only one. Floats are left as they are: 0.0 equals -0.0, and is another number."""
    first, kind = values[0], type(values[0])
    if kind is float or (kind is dict and first):
        return values
    return [first] if all(type(value) is kind and value == first for value in values) else values


def _ranking(text: str) -> Ranking | None:
    """The ranking that :func:`_text` wrote; None for anything else."""
    try:
        content = json.loads(text)
        runs = _runs(content["runs"], content["shared"])
        ranking = Ranking(
            runs=runs,
            configs=tuple(
                Config(name, hparams, tuple(runs[at] for at in members), *expected)
                for name, hparams, members, *expected in content["configs"]
            ),
            left_out=tuple(LeftOut(*item) for item in content["left_out"]),
            apart=tuple(Apart(metric, goal, tuple(names), *more) for metric, goal, names, *more in content["apart"]),
            notes=tuple(Note(**note) for note in content["notes"]),
            findings=tuple(
                CheckFinding(check, code, level, message, tuple(epochs), evidence)
                for check, code, level, message, epochs, evidence in content["findings"]
            ),
            **{name: _plain(content[name]) for name in _PLAIN},
        )
        return _checked(ranking)
    except sweepcache.NONSENSE:
        return None


def _checked(ranking: Ranking) -> Ranking:
    """The ranking itself. Raises TypeError where it is none that this program makes."""
    for name, declared in _DECLARED.items():
        typed.checked_as(declared, getattr(ranking, name))
    for part in ("left_out", "apart", "notes", "findings", "configs"):
        for record in getattr(ranking, part):
            typed.checked(record)
    for entries, places in ((ranking.runs, ranking.places), (ranking.configs, ranking.config_places)):
        if len(entries) != len(places) or not all(0 < place <= len(entries) for place in places):
            raise TypeError("places")
    if not ranking.runs or ranking.top < 1 or not all(config.runs for config in ranking.configs):
        raise TypeError("runs")
    return ranking


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _runs(columns: dict[str, list[Any]], shared: str) -> tuple[RankedRun, ...]:
    sources = columns["source"] = [shared + rest for rest in columns["source"]]
    every = {name: repeat(column[0], len(sources)) if len(column) == 1 else column for name, column in columns.items()}
    every["files"] = [
        (source,) if given is None else tuple(given) for source, given in zip(sources, every["files"], strict=False)
    ]
    known = {**columns, "source": sources, "files": list(every["files"])}
    typed.checked_columns(RankedRun, known)
    return tuple(map(RankedRun, *(every[name] for name in _FIELDS)))
