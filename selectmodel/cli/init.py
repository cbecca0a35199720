"""``selectmodel init``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selectmodel.cli import flags, output, reading
from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files.folders import exists
from selectmodel.settings import did_you_mean

if TYPE_CHECKING:
    from selectmodel.selection.report import Report


def init(
    log: Annotated[
        Path | None, typer.Argument(metavar="[LOG]", readable=False, help="A log to fit the files to.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: check the policy in force and say what it asks.")
    ] = False,
    ci: Annotated[
        str | None,
        typer.Option("--ci", metavar="github|gitlab|dvc", help="What runs the gate. [default: github]"),
    ] = None,
    package: Annotated[
        str | None,
        typer.Option("--package", metavar="SPEC", help="What its pip installs. [default: where this copy came from]"),
    ] = None,
    policy: flags.PolicyFile = None,
    metric: flags.Metric = None,
    rule: flags.Rule = None,
    aim: flags.Aim = None,
    checkpoints: flags.Checkpoints = None,
    run: flags.RunName = None,
) -> None:
    """Write a commented policy and a CI workflow, fitted to LOG; nothing that exists is overwritten."""
    job = {"ci": ci, "package": package}
    given = {"metric": metric, "rule": rule, "aim": aim, "checkpoints": checkpoints}
    if check:
        if log is not None or run or any(value is not None for value in (*given.values(), *job.values())):
            raise UsageError("--check: checks a policy file alone; name another one with --policy FILE")
        _check(policy)
        return
    if policy is not None:
        raise UsageError("--policy: is for --check; init writes selectmodel.toml in the current folder")
    from selectmodel.commands.init import ci_files, starter_files, where_from

    system = ci_files.SYSTEMS.get("github" if ci is None else ci)
    if system is None:
        raise UsageError(f"--ci {ci}: no such system; {did_you_mean(str(ci), list(ci_files.SYSTEMS))}")
    if package is not None and not system.installs:
        raise UsageError(f"--package {package}: the job of --ci {ci} installs nothing")
    files = [Path(starter_files.POLICY), Path(system.file)]
    for file in files:
        if exists(file) or file.is_symlink():
            raise UsageError(f"{file}: exists already and is not overwritten; to check it: selectmodel init --check")
    texts = [
        starter_files.policy(_report(log, given, run or []) if log is not None else None),
        ci_files.job(
            system,
            log.as_posix() if log and str(log) != "-" else "training.log",
            package or where_from.requirement(),
        ),
    ]
    _write(files, texts)
    output.put("".join(f"wrote {file}\n" for file in files) + (f"{system.then}\n" if system.then else ""))


def _report(log: Path, given: Mapping[str, str | None], runs: list[str]) -> Report:
    """What the policy to be written would recommend for the log."""
    from selectmodel.policy import policy as policies
    from selectmodel.selection import dataset
    from selectmodel.selection.checkpoints import with_checkpoints
    from selectmodel.selection.recommend import recommend

    asked = policies.load(flags=given)
    found, _ = reading.read(log, reading.options(None, False, None, None, None), runs)
    asked = dataset.asked_of(found, asked)
    return recommend(with_checkpoints(found, asked), asked)


def _write(files: Sequence[Path], texts: Sequence[str]) -> None:
    """Writes all or none: none of them was there before. Raises OutputError."""
    for file in files:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            raise OutputError(f"{file.parent}: cannot be made ({failure.strerror})") from None
    try:
        for file, text in zip(files, texts, strict=True):
            output.write_text(file, text)
    except BaseException:
        for file in files:
            with suppress(OSError):
                file.unlink()
        raise


def _check(path: Path | None) -> None:
    from selectmodel.commands.gate import judge
    from selectmodel.policy import policy as policies
    from selectmodel.policy import policy_file

    start = reading.here()
    found = path or (policy_file.find(start) if start else None)
    if found is None:
        raise LogError("no selectmodel.toml, and no [tool.selectmodel], from here up to the root of the repository")
    policy = policies.load(found)
    count = len(policy.gate)
    output.tell(f"policy: {found}")
    output.say(f"valid: {f'rule {policy.rule}, ' if policy.rule else ''}{count} gate condition{'s' * (count != 1)}")
    for condition in policy.gate:
        output.say(f"  {condition.name}")
    if policy.gate or policy.require:
        try:
            judge.check(policy)
        except UsageError as failure:  # flags may add what is missing, so the file is valid all the same
            output.tell(f"selectmodel gate refuses it as it stands: {failure}")
