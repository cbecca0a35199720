"""The rows of a ranking in JSON: its runs, its configurations, and what each rule takes of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectmodel.display.numbers import number

if TYPE_CHECKING:
    from selectmodel.commands.rank.ranking import Config, RankedRun, RulesPick
    from selectmodel.commands.rank.ranking_json import ConfigJson, RankedRunJson, RulesPickJson


def run(run: RankedRun, place: int | None) -> RankedRunJson:
    """A run; without a ``place`` where it stands outside the order."""
    return {
        "place": place,
        "run": run.name,
        "source": run.source,
        "format": run.format,
        "rule": run.rule,
        "metric": run.metric,
        "goal": run.goal,
        "epoch": None if run.epoch is None else number(run.epoch),
        "step": run.step,
        "checkpoint": run.checkpoint,
        "unsaved": None if run.unsaved is None else number(run.unsaved),
        "value": run.value,
        "expected": run.expected,
        "low": run.low,
        "high": run.high,
        "candidates": run.candidates,
        "val_size": run.val_size,
        "degraded": run.degraded,
        "hparams": run.hparams,
        "problem": run.trouble,
    }


def config(config: Config, place: int) -> ConfigJson:
    """Runs of equal settings, as one."""
    return {
        "place": place,
        "config": config.name,
        "hparams": config.hparams,
        "seeds": len(config.runs),
        "expected": config.expected,
        "low": config.low,
        "high": config.high,
        "runs": [run.name for run in config.runs],
    }


def pick(pick: RulesPick) -> RulesPickJson:
    """What one rule takes of a run."""
    return {
        "run": pick.run,
        "rule": pick.rule,
        "epoch": None if pick.epoch is None else number(pick.epoch),
        "step": pick.step,
        "reason": pick.reason,
        "values": pick.values,
    }
