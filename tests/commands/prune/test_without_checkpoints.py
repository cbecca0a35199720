"""Where there is no checkpoint to remove or to evaluate, the one sentence says what was seen instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from selectmodel.cli.main import run

LOG = "epoch,val_loss\n0,1\n1,0.5\n2,0.7\n"


@pytest.mark.parametrize("command", ["prune", "next"])
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "no checkpoints were found beside it; name their folder with --checkpoints DIR"),
        (("--checkpoints", "off"), "its checkpoints are not looked for, as the policy or --checkpoints off says"),
        (("--checkpoints", "bare"), "has no checkpoint; bare holds no checkpoint"),
        (("--checkpoints", "empty"), "has no checkpoint; empty/model_1.pt is empty (0 bytes); it is not used; "),
    ],
)
def test_it_says_what_was_seen(
    command: str, flags: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text(LOG)
    Path("bare").mkdir()
    Path("empty").mkdir()
    for epoch in range(3):
        Path(f"empty/model_{epoch + 1}.pt").touch()
    assert run([command, "log.csv", *flags]) == 3
    assert capsys.readouterr().err.startswith(f"error: log.csv: {said}")
