"""What is not a file of this machine is told at once, by every command that reads files."""

from pathlib import Path

import pytest

from selectmodel.cli.main import run


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("pick s3://b/log.csv", 3),
        ("gate az://b/log.csv --min val_loss=1", 3),
        ("compare s3://b/a.csv s3://b/c.csv", 3),
        ("inspect https://x/y.csv", 3),
        ("prune gs://b/x", 3),
        ("next hf://datasets/a/b", 3),
        ("advise s3://b/x", 3),
        ("watch s3://b/log.csv", 2),  # which would wait for it to appear
    ],
)
def test_an_address_is_no_file(
    line: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(line.split()) == code
    told = capsys.readouterr().err
    assert f"{line.split()[1]}: is an address" in told and "selectmodel rank" in told


def test_a_folder_may_be_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:").mkdir()
    assert run(["pick", "s3:/log.csv"]) == 3
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "s3:" / "log.csv").write_text("epoch,val_loss\n0,0.5\n1,0.4\n2,0.45\n")
    assert run(["pick", "s3://log.csv", "--print", "epoch"]) == 0
    assert capsys.readouterr().out == "1\n"
