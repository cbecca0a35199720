"""What a Lightning checkpoint holds beside weights, and may run code when it is loaded, is named in plain words."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from selectmodel.errors import LogError

pytestmark = pytest.mark.heavy
torch = pytest.importorskip("torch")
pytest.importorskip("lightning")


def test_what_could_run_code_is_named(tmp_path: Path) -> None:
    from selectmodel.lightning import _load

    file = tmp_path / "epoch=3-step=40.ckpt"
    torch.save({"state_dict": {}, "hyper_parameters": {"depth": range(3)}}, file)
    with pytest.raises(LogError) as refused:
        _load(SimpleNamespace(), str(file))
    told = str(refused.value)
    assert "holds range, which is neither weights nor a plain value" in told and "restore=False" in told
    assert told.isprintable()
