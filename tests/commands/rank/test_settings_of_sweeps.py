"""Settings of a sweep that do not lie beside the log: Hydra's, those of a folder above; and what runs are called."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel as sm
from selectmodel.cli.main import run
from selectmodel.files import hparams
from selectmodel.files.choose_run import shortened
from selectmodel.files.discovery import find

LOG = "epoch,step,train/loss,val/loss\n" + "".join(f"{e},{e},,{0.9 - e / 20}\n{e},{e},0.5,\n" for e in range(5))
RATES = ("0.1", "0.01", "0.001")


def sweep(root: Path, settings: dict[str, str], log: str = "csv/version_0/metrics.csv") -> Path:
    """A run for each rate; ``settings`` are the files of a run, with {lr} for its rate."""
    for at, rate in enumerate(RATES):
        for name, content in {log: LOG, **settings}.items():
            path = root / "multiruns" / "2024-05-01" / str(at) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.replace("{lr}", rate), "utf-8")
    return root


def rates(root: Path) -> list[object]:
    found = find(root)
    return [next(iter(hparams.read(item.settings).values()), None) if item.settings else None for item in found]


CONFIG = "optimizer:\n  lr: {lr}\nseed: 1\n"
PLACES = {
    "config": {".hydra/config.yaml": CONFIG, ".hydra/hydra.yaml": "hydra: {}\n", ".hydra/overrides.yaml": "- a=1\n"},
    "overrides alone": {".hydra/overrides.yaml": "- optimizer.lr={lr}\n- +seed=1\n"},
    "beside an empty hparams.yaml": {".hydra/config.yaml": CONFIG, "csv/version_0/hparams.yaml": "{}\n"},
    "a folder above": {"config.yaml": CONFIG},
    "two folders above": {"args.json": '{"lr": {lr}}'},
    "beside the log": {"csv/version_0/hparams.yaml": "lr: {lr}\n"},
}


@pytest.mark.parametrize("settings", PLACES.values(), ids=PLACES)
def test_settings_are_found(tmp_path: Path, settings: dict[str, str]) -> None:
    assert rates(sweep(tmp_path, settings)) == [0.1, 0.01, 0.001]


@pytest.mark.parametrize("root", ["multiruns", "multiruns/2024-05-01"])
def test_wherever_the_search_begins(tmp_path: Path, root: str) -> None:
    assert rates(sweep(tmp_path, PLACES["config"]) / root) == [0.1, 0.01, 0.001]


def test_they_are_columns_and_runs_have_short_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = sweep(tmp_path, PLACES["config"])
    assert run(["rank", str(root), "--no-cache"]) == 0
    table = capsys.readouterr().out.partition("\nplace")[2].splitlines()
    assert table[0].split() == ["epoch", "val/loss", "lr", "run"]
    assert [row.split()[-2:] for row in table[1:4]] == [["0.1", "0"], ["0.01", "1"], ["0.001", "2"]]


def test_a_folder_above_several_runs_is_nobodys(tmp_path: Path) -> None:
    root = sweep(tmp_path, {})
    (root / "multiruns" / "config.yaml").write_text("lr: 0.5\n", "utf-8")
    (root / "multiruns" / ".hydra").mkdir()
    (root / "multiruns" / ".hydra" / "config.yaml").write_text("lr: 0.5\n", "utf-8")
    assert rates(root) == [None, None, None]


def test_two_runs_of_one_job_have_no_settings_of_their_own(tmp_path: Path) -> None:
    root = sweep(tmp_path, PLACES["config"])
    again = root / "multiruns" / "2024-05-01" / "0" / "csv" / "version_1"
    again.mkdir()
    (again / "metrics.csv").write_text(LOG, "utf-8")
    assert rates(root) == [None, None, 0.01, 0.001]


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "- {a: 1}\n", "- =1\n", "- a\n", "[]\n"])
def test_another_list_is_no_override(text: str) -> None:
    assert hparams.parse(text) == {}


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["a/0/csv", "a/1/csv"], ["0", "1"]),
        (["a/0", "a/1/csv"], ["0", "1/csv"]),
        (["0/log.csv", "0"], ["0/log.csv", "0"]),
        (["one"], ["one"]),
        (["x/log.csv", "x/log.csv"], ["log.csv", "log.csv"]),
        (["old/0", "new/0"], ["old", "new"]),
        ([], []),
    ],
)
def test_what_all_names_share_is_left_out(names: list[str], short: list[str]) -> None:
    assert shortened(names) == short


def test_a_short_name_can_be_given(tmp_path: Path) -> None:
    root = sweep(tmp_path, {})
    assert sm.read(root, runs=["2"]).name.endswith("2/csv/version_0")


def test_a_run_above_another_keeps_what_lies_beside_its_log(tmp_path: Path) -> None:
    for folder, rate in (("", "0.1"), ("again", "0.2")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "metrics.csv").write_text(LOG, "utf-8")
        (tmp_path / folder / "hparams.yaml").write_text(f"lr: {rate}\n", "utf-8")
    assert sorted(map(str, rates(tmp_path))) == ["0.1", "0.2"]
