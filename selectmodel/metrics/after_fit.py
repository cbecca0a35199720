"""Which metrics belong to what was called after the fit: names say the split, steps say when a metric began.

``trainer.test()`` and ``validate()`` may log a metric whose name tells no split (``accuracy``). That of training or of
validation is there while the network is trained; one that comes up only when the last training step is over is not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from selectmodel.records import Ints


def begun_after(places: Mapping[str, Ints], training: Collection[str], unnamed: Collection[str]) -> frozenset[str]:
    """Those of the ``unnamed`` metrics that begin after the last place of all ``training`` metrics.

    ``places`` are (n,) the steps of each metric, or its rows where the order of the rows says more. Where no name tells
    of training, the unnamed metric that begins first and all that overlap with it are of the training.
    """
    spans = {name: (int(places[name].min()), int(places[name].max())) for name in unnamed if len(places[name])}
    end = max((int(places[name].max()) for name in training if len(places[name])), default=None)
    if end is None:
        end = _end_of_the_first(sorted(spans.values()))
    return frozenset(name for name, (first, _) in spans.items() if end is not None and first > end)


def _end_of_the_first(spans: Collection[tuple[int, int]]) -> int | None:
    """Where the first of the ascending spans ends, with those that overlap with it."""
    end = None
    for first, last in spans:
        if end is not None and first > end:
            return end
        end = last if end is None else max(end, last)
    return end
