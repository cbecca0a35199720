"""Which rules are scored with which settings: every rule by its defaults on each metric, and what else matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from selectmodel import registry

METRICS = ("val_loss", "val_accuracy")

#: Rule → settings scored beside its defaults.
ALSO: dict[str, list[dict[str, Any]]] = {
    "best": [{"ties": "first"}, {"ties": "last"}],
    "gap": [{"weight": weight} for weight in (0.0, 0.05, 0.1, 0.25, 1.0)],
    "huggingface": [{"early_stopping_patience": 3}],
    "keras": [{"patience": patience} for patience in (3, 5, 10, 20)],
    "lightning": [{"patience": patience} for patience in (3, 10)],
    "moving_average": [{"weight": 0.9}, {"kind": "trailing", "window": 5}, {"kind": "trailing", "window": 10}],
    "one_se": [{"k": 0.5}],
    "patience": [
        *({"patience": patience} for patience in (10, 20, 30)),
        *({"smoothing": "centred", "window": 3, "patience": patience} for patience in (10, 20, 30)),
        {"smoothing": "none", "patience": 20},
    ],
    "prechelt": [
        *({"criterion": "GL", "alpha": alpha} for alpha in (1.0, 5.0)),
        {"criterion": "PQ", "alpha": 0.5},
        {"criterion": "UP", "s": 2},
    ],
    "ray": [{"checkpoint_score_attribute": True, "num_to_keep": 1}],
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule, the metric it monitors, and the settings that are not its defaults."""

    rule: str
    metric: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        given = ", ".join(f"{key} {str(value).lower()}" for key, value in self.settings.items())
        return self.rule + (f" ({given})" if given else "") + (f" on {self.metric}" if self.metric else "")


#: What everybody does; all others are compared with it.
BASE = Variant("best", "val_loss")


def all_variants() -> list[Variant]:
    """Every rule of the package with its defaults on each metric, then the further settings."""
    rules = registry.names("rules")
    found = [Variant(rule, metric) for rule in rules for metric in METRICS]
    for rule in rules:
        found += [Variant(rule, metric, given) for given in ALSO.get(rule, []) for metric in METRICS]
    return found
