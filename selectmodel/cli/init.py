"""``selectmodel init``."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from selectmodel.cli import flags, output, reading
from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files.folders import exists


def init(
    log: Annotated[
        Path | None, typer.Argument(metavar="[LOG]", readable=False, help="A log to fit the files to.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: check the policy in force and say what it asks.")
    ] = False,
    policy: flags.PolicyFile = None,
    metric: flags.Metric = None,
    rule: flags.Rule = None,
    aim: flags.Aim = None,
    checkpoints: flags.Checkpoints = None,
    run: flags.RunName = None,
) -> None:
    """Write a commented policy and a CI workflow, fitted to LOG; nothing that exists is overwritten."""
    given = {"metric": metric, "rule": rule, "aim": aim, "checkpoints": checkpoints}
    if check:
        if log is not None or run or any(value is not None for value in given.values()):
            raise UsageError("--check: checks a policy file alone; name another one with --policy FILE")
        _check(policy)
        return
    if policy is not None:
        raise UsageError("--policy: is for --check; init writes selectmodel.toml in the current folder")
    from selectmodel.commands.init import starter_files
    from selectmodel.policy import policy as policies

    files = [Path(starter_files.POLICY), Path(starter_files.WORKFLOW)]
    for file in files:
        if exists(file) or file.is_symlink():
            raise UsageError(f"{file}: exists already and is not overwritten; to check it: selectmodel init --check")
    report = None
    if log is not None:
        from selectmodel.selection import dataset
        from selectmodel.selection.checkpoints import with_checkpoints
        from selectmodel.selection.recommend import recommend

        asked = policies.load(flags=given)
        found, _ = reading.read(log, reading.options(None, False, None, None, None), list(run or ()))
        asked = dataset.asked_of(found, asked)
        report = recommend(with_checkpoints(found, asked), asked)
    texts = [
        starter_files.policy(report),
        starter_files.workflow(log.as_posix() if log and str(log) != "-" else "training.log"),
    ]
    try:
        files[1].parent.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise OutputError(f"{files[1].parent}: cannot be made ({failure.strerror})") from None
    try:
        for file, text in zip(files, texts, strict=True):
            output.write_text(file, text)
    except BaseException:  # both or neither: none of them was there before
        for file in files:
            with suppress(OSError):
                file.unlink()
        raise
    output.put("".join(f"wrote {file}\n" for file in files))


def _check(path: Path | None) -> None:
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
