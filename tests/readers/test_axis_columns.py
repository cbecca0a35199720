"""Which column of a table counts: the names writers use, the column that the user names, and what is no metric."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.errors import UsageError
from selectmodel.metrics.vocabulary import word_set

NAMES = word_set(
    """step steps Step global_step iteration iter iters itr timesteps num_timesteps total_timesteps env_steps updates
    time/total_timesteps training_iteration trainer/global_step num_update num_updates samples samples_seen batch round
    tokens tokens_seen frames train_step total_steps num_env_steps_sampled globalStep n_updates consumed_samples
    examples_seen kimg optimizer_step episode"""
)
METRICS = ["fid", "PSNR", "ssim", "mIoU", "reward", "return", "cider", "kappa", "ndcg@10", "FID50k", "eval_reward"]


def written(tmp_path: Path, text: str, name: str = "log.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_column_that_counts_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    run = sm.read(written(tmp_path, f"{name},val_loss\n100,0.9\n200,0.5\n300,0.7\n"))
    assert (run.x_axis, list(run.series), list(run.series["val_loss"].steps)) == ("step", ["val_loss"], [100, 200, 300])


@pytest.mark.parametrize("metric", METRICS)
def test_a_table_of_steps_is_read_whatever_its_metric(tmp_path: Path, metric: str) -> None:
    log = written(tmp_path, f"step,{metric}\n100,1\n200,3\n300,2\n")
    best = 100 if metric.lower().startswith("fid") else 200
    assert sm.recommend(sm.read(log), metric=metric, rule="best").recommended.step == best


def test_a_table_of_steps_without_known_metrics_asks_for_the_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path, "step,quality\n100,1\n200,3\n300,2\n")
    assert "--metric quality:max" in command(capsys, "pick", log).err
    assert sm.recommend(sm.read(log), metric="quality:max").recommended.step == 200


@pytest.mark.parametrize("name", ["cycle_no", "foo", "Visited states", "1st"])
def test_any_column_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    log = written(tmp_path, f"{name},bar\n100,1\n200,3\n300,2\n")
    answer = command(capsys, "pick", log, "--index", name, "--metric", "bar:max")
    assert (answer.code, answer.out.partition("\n")[0][:13]) == (0, "Ship step 200")
    assert sm.recommend(sm.read(log, index=name), metric="bar:max").recommended.step == 200
    policy = written(tmp_path, f'index = "{name}"\nmetric = "bar:max"\n', "selectmodel.toml")
    assert command(capsys, "pick", log, "--policy", policy).out == answer.out


def test_the_columns_that_may_count_are_offered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path, "cycle,val_loss\n100,0.9\n200,0.5\n300,0.7\n")
    answer = command(capsys, "pick", log)
    assert answer.code == 2
    assert "--index cycle" in answer.err
    assert "--index row" in answer.err
    wrong = command(capsys, "pick", log, "--index", "cyle")
    assert (wrong.code, "did you mean cycle?" in wrong.err) == (2, True)


def test_the_named_column_wins_over_a_known_one_and_stays_no_metric(tmp_path: Path) -> None:
    log = written(tmp_path, "epoch,step,seen,val_loss\n0,10,64,0.9\n1,20,128,0.5\n2,30,192,0.7\n")
    run = sm.read(log, index="seen")
    assert (list(run.series["val_loss"].steps), list(run.series)) == ([64, 128, 192], ["val_loss"])
    by_row = sm.read(log, index="row")
    assert (list(by_row.series["val_loss"].steps), by_row.x_axis) == ([0, 1, 2], "row")


def test_columns_that_count_beside_the_axis_are_no_metrics(tmp_path: Path) -> None:
    rows = "".join(f"{at},{at},{at * 100},{at * 6400},{1 / (at + 1)}\n" for at in range(4))
    run = sm.read(written(tmp_path, ",epoch,total_timesteps,samples_seen,val_loss\n" + rows))
    assert list(run.series) == ["val_loss"]


def test_what_falls_back_counts_nothing(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, "epoch,samples,val_loss\n0,100,0.9\n1,98,0.5\n2,101,0.7\n"))
    assert (run.x_axis, set(run.series)) == ("epoch", {"samples", "val_loss"})


def test_an_event_file_has_no_column_to_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "checkpoints"
    names.mkdir()
    for epoch in (1, 2, 3):
        (names / f"epoch={epoch}-val_loss=0.{epoch}.ckpt").write_bytes(b"x")
    answer = command(capsys, "pick", names, "--index", "itr")
    assert (answer.code, "has no columns" in answer.err) == (2, True)


def test_steps_that_do_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path, "step,val_loss\n100,0.1\n200,0.5\n300,0.7\n")
    assert sm.recommend(sm.read(log), min_step=150, rule="best").recommended.step == 200
    assert "Ship step 200" in command(capsys, "pick", log, "--rule", "best", "--min-step", "150").out
    policy = written(tmp_path, 'min_step = 150\nrule = "best"\n', "selectmodel.toml")
    assert "Ship step 200" in command(capsys, "pick", log, "--policy", policy).out
    assert "the last one is 300" in command(capsys, "pick", log, "--min-step", "400").err
    assert "--min-step N" in command(capsys, "pick", log, "--min-epoch", "1").err
    epochs = written(tmp_path, "epoch,val_loss\n1,0.1\n2,0.5\n", "epochs.csv")
    assert "--min-epoch N" in command(capsys, "pick", epochs, "--min-step", "1").err


def test_the_index_is_said_where_the_log_is_read(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, "step,val_loss\n100,0.1\n200,0.5\n"))
    with pytest.raises(UsageError, match=r"selectmodel\.read"):
        sm.recommend(run, index="step")


def test_the_index_of_pandas_is_no_metric_of_lightning(tmp_path: Path) -> None:
    rows = "0,0.0,9,,1.5\n1,0.0,9,0.5,\n2,1.0,19,,1.25\n3,1.0,19,0.2,\n"
    run = sm.read(written(tmp_path, ",epoch,step,train_loss,val_loss\n" + rows))
    assert (run.format, set(run.series)) == ("lightning_csv", {"train_loss", "val_loss"})
