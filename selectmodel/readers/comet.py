"""Comet's offline record of an experiment, ``ID.zip`` with ``messages.json``.

Written by: comet_ml.OfflineExperiment, and online experiments that lost their connection.
Axis: the step of each value; the epoch where one was set.
Split: the context, ``with experiment.validate():``; outside of one the name tells it.
NaN and infinities are kept. What Comet logs of itself (curr_step, durations) is left out.
Source: comet-ml 3.58, messages.py and offline.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import MAX_TEXT_BYTES, Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.records import Run

FORMAT = "comet"
FILES = ("messages.json", "*.zip")
SAME_NAMES = ("messages.json",)
EXAMPLES = (
    (
        b'{"payload": {"context": "validate", "metric": {"epoch": 0, "metricName": "loss", "metricValue": 1.5, '
        b'"step": 10}}, "type": "metric_msg"}\n'
        b'{"payload": {"context": "validate", "metric": {"epoch": 1, "metricName": "loss", "metricValue": 1.25, '
        b'"step": 20}}, "type": "metric_msg"}\n',
        (0, 1),
    ),
)
_MEMBERS = ("messages.json", "experiment.json")
_SPLITS = {"train": "train", "validate": "val", "validation": "val", "test": "test"}
_OWN = frozenset({"process duration", "curr_step", "curr_epoch"})


def sniff(path: Path, head: bytes) -> float:
    """0.9 for lines of Comet's messages, or an archive that holds them, else 0."""
    if head.lstrip()[:1] == b"{":
        return 0.9 if b'"metric_msg"' in head or (path.name == "messages.json" and b'"payload"' in head) else 0.0
    if head[:4] != b"PK\x03\x04" or path.suffix != ".zip":
        return 0.0
    from selectmodel.files import archives

    return 0.9 if archives.holds(path, _MEMBERS) else 0.0


def read(source: Source) -> Run:
    """The run of one experiment. Raises LogError where no metric was logged, or the file cannot be read."""
    from selectmodel.readers.objects import as_run, json_text

    messages = _messages(source)
    metrics = [(line, one) for line, one in zip(messages.lines, messages.objects, strict=True) if _is(one, "metric")]
    objects = list(_rows([one["payload"] for _, one in metrics]))
    if not objects:
        raise LogError(f"{source.paths[0]}: holds no metrics: nothing was logged to this experiment")
    lines = list(range(1, len(objects) + 1))
    return as_run.run(json_text.Objects(lines, objects, messages.notes), source, FORMAT, place="record")


def hparams(source: Source) -> dict[str, Value]:
    """The parameters that were logged by hand."""
    import json

    from selectmodel.files import hparams as settings

    values: dict[str, Any] = {}
    for one in _messages(source).objects:
        param = one["payload"].get("param") if _is(one, "parameter") else None
        if isinstance(param, dict) and param.get("source") == "manual":
            values[str(param.get("paramName"))] = param.get("paramValue")
    return settings.parse(json.dumps(values), json_text=True)


def _messages(source: Source) -> Objects:
    from selectmodel.files import archives
    from selectmodel.readers.objects import json_text

    path = source.paths[0]
    if source.data is None and path.suffix == ".zip":
        with archives.opened(path) as archive:
            limit = source.options.max_bytes or MAX_TEXT_BYTES
            data = archives.member(archive, "messages.json", path, limit=limit) or b""
    else:
        data = read_bytes(source, path)
    return json_text.lines(data, str(path), path.name, source.options)


def _is(message: Mapping[str, Any], kind: str) -> bool:
    return message.get("type") == f"{kind}_msg" and isinstance(message.get("payload"), dict)


def _rows(payloads: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The values as rows, one each: those of one step are joined later. An epoch stands where one was set."""
    for payload in payloads:
        metric = payload.get("metric")
        name = metric.get("metricName") if isinstance(metric, dict) else None
        if not isinstance(metric, dict) or not isinstance(name, str) or name in _OWN:
            continue
        context = payload.get("context")
        split = _SPLITS.get(str(context), str(context)) if context else ""
        epoch = {} if metric.get("epoch") is None else {"epoch": metric["epoch"]}
        yield {"step": metric.get("step"), **epoch, f"{split}/{name}" if split else name: metric.get("metricValue")}
