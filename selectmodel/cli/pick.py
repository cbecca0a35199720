"""``selectmodel pick``."""

from __future__ import annotations

from selectmodel import policy as policies
from selectmodel.cli import flags, output, reading


def pick(
    log: flags.Log,
    metric: flags.Metric = None,
    rule: flags.Rule = None,
    aim: flags.Aim = None,
    set_: flags.Set = None,
    policy: flags.PolicyFile = None,
    min_epoch: flags.MinEpoch = None,
    only_saved: flags.OnlySaved = None,
    val_size: flags.ValSize = None,
    checkpoints: flags.Checkpoints = None,
    checkpoint_offset: flags.CheckpointOffset = None,
    checkpoint_glob: flags.CheckpointGlob = None,
    run: flags.RunName = None,
    segment: flags.Segment = None,
    complete: flags.Complete = False,
    index: flags.Index = None,
    decimal: flags.Decimal = None,
    max_bytes: flags.MaxBytes = None,
    format: flags.Format = "text",
    out: flags.Output = None,
    force: flags.Force = False,
    verbose: flags.Verbose = False,
) -> None:
    """Recommend the epoch and the checkpoint to ship, and say why."""
    output.check(format, out or [], inputs=[log], force=force)
    how = reading.options(segment, complete, index, decimal, max_bytes)
    given = policies.load(
        policy,
        start=reading.here(),
        sets=set_ or [],
        flags={
            "metric": metric,
            "rule": rule,
            "aim": aim,
            "min_epoch": min_epoch,
            "only_saved": only_saved,
            "val_size": val_size,
            "checkpoints": checkpoints,
            "checkpoint_offset": checkpoint_offset,
            "checkpoint_glob": checkpoint_glob,
        },
    )
    if verbose:
        output.tell(f"policy: {given.origin}")
    from selectmodel import core

    found = core.with_checkpoints(reading.read(log, how, run), given)
    output.deliver(core.recommend(found, given), format, out or [], inputs=found.files, verbose=verbose)
