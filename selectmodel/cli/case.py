"""A case: the log that is meant, and the policy to judge it by. Its flags are declared here for every command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selectmodel.cli import flags, output, reading
from selectmodel.files.opening import ReadOptions
from selectmodel.policy import policy as policies
from selectmodel.policy.conditions import KINDS, REQUIREMENTS
from selectmodel.policy.policy import Policy

if TYPE_CHECKING:
    from selectmodel.files.fingerprints import Stamp
    from selectmodel.records import Run


class Case(NamedTuple):
    """What the flags of a command ask about: LOG, how to read it, and the policy in force."""

    log: Path
    how: ReadOptions
    policy: Policy
    runs: tuple[str, ...] = ()
    more: tuple[Path, ...] = ()
    policy_file: Path | None = None

    @property
    def inputs(self) -> list[Path]:
        """The files that the user named to be read."""
        named = [self.policy.required(name) for name in ("baseline", "production")]
        return [self.log, *self.more, *filter(None, [self.policy_file]), *(Path(name) for name in named if name)]

    def run(self) -> Run:
        """The one run meant."""
        return self.watched()[0]

    def every_run(self) -> list[Run]:
        """The run meant by each LOG."""
        return [reading.read(log, self.how, list(self.runs))[0] for log in (self.log, *self.more)]

    def watched(self) -> tuple[Run, Mapping[str, Stamp | None]]:
        """The run, and the stamps that its files had before they were read."""
        return reading.read(self.log, self.how, list(self.runs))


def _declared(
    log: flags.Log,
    metric: flags.Metric = None,
    rule: flags.Rule = None,
    aim: flags.Aim = None,
    set_: flags.Set = None,
    policy: flags.PolicyFile = None,
    min_epoch: flags.MinEpoch = None,
    min_step: flags.MinStep = None,
    only_saved: flags.OnlySaved = None,
    val_size: flags.ValSize = None,
    checkpoints: flags.Checkpoints = None,
    checkpoint_offset: flags.CheckpointOffset = None,
    checkpoint_glob: flags.CheckpointGlob = None,
    follow_links: flags.FollowLinks = None,
    run: flags.RunName = None,
    segment: flags.Segment = None,
    complete: flags.Complete = False,
    index: flags.Index = None,
    decimal: flags.Decimal = None,
    max_bytes: flags.MaxBytes = None,
    verbose: flags.Verbose = False,
) -> None:
    """The flags of a case; :func:`judging` gives them to a command."""


def judging(
    *, without: tuple[str, ...] = (), several: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorates a command ``f(case, verbose, …its own flags)`` so that it takes the flags of a case as well.

    ``without`` names those that mean nothing to this command; ``several`` lets it take more than one LOG.
    The policy is checked before the command is entered, the log is opened when it calls :meth:`Case.run`.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        shared = inspect.signature(_declared, eval_str=True).parameters
        kept = [parameter for name, parameter in shared.items() if name not in without]
        if several:
            kept = [one.replace(annotation=flags.Logs) if one.name == "log" else one for one in kept]
        own = list(inspect.signature(command, eval_str=True).parameters.values())[2:]

        def called(**given: Any) -> None:
            mine = {parameter.name: given.pop(parameter.name) for parameter in own}
            verbose = given["verbose"]
            command(_case(given, mine), verbose, **mine)

        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*kept, *own)]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        return called

    return decorate


def _case(given: dict[str, Any], mine: dict[str, Any]) -> Case:
    policy = policies.load(
        given["policy"],
        start=reading.here(),
        sets=given.get("set_") or [],
        flags={**{name: given.get(name) for name in policies.KEYS}, "require": _stated(mine)},
        bounds={kind: mine.get(kind) or () for kind in KINDS},
        on=mine.get("on"),
    )
    said = {**given, "index": policy.index}  # a policy may say it too
    how = reading.options(*(said[name] for name in ("segment", "complete", "index", "decimal", "max_bytes")))
    if given["verbose"]:
        output.tell(f"policy: {policy.origin}")
    given_logs = given.get("log", Path("-"))
    log, *more = given_logs if isinstance(given_logs, list) else [given_logs]
    return Case(log, how, policy, tuple(given.get("run") or ()), tuple(more), given["policy"])


def _stated(mine: dict[str, Any]) -> dict[str, Any]:
    """What a command's own flags say of ``[require]``."""
    return {name: mine[name] for name in REQUIREMENTS if mine.get(name) is not None}
