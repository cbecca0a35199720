"""One answer for all processes of a distributed training: rank 0 decides, and tells the others."""

from __future__ import annotations

import sys
from typing import Any, TypeVar

T = TypeVar("T")


def is_first() -> bool:
    """Whether this process decides: it is alone, or rank 0 of torch.distributed."""
    group = _group()
    return group is None or group.get_rank() == 0


def agreed(value: T) -> T:
    """What rank 0 has as ``value``; every process of the group must ask at the same place of its program."""
    group = _group()
    if group is None:
        return value
    told = [value]
    group.broadcast_object_list(told, src=0)
    return told[0]


def _group() -> Any:
    """torch.distributed where the program has begun with it; torch is never imported for this."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed
