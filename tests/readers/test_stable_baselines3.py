"""Stable-Baselines3's evaluations, tables and monitors, and the true standard errors that only the first tell."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import arrays, discovery
from selectmodel.files.checkpoints import names
from selectmodel.policy.policy import Policy
from selectmodel.readers import stable_baselines3
from selectmodel.records import Question, Run, frozen
from selectmodel.rules import aim_accuracy
from selectmodel.selection import question
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.source import Source
from tests.support.places import SAMPLES

SAMPLE = SAMPLES / "stable_baselines3"


def archive(**members: object) -> bytes:
    made = io.BytesIO()
    np.savez(made, **members)  # type: ignore[arg-type]
    return made.getvalue()


def evaluations(*means: float, noise: float = 1.0, episodes: int = 4) -> bytes:
    results = [[mean + noise * (-1) ** at for at in range(episodes)] for mean in means]
    return archive(
        timesteps=np.arange(1, len(means) + 1) * 1000, results=results, ep_lengths=np.full((len(means), 4), 200)
    )


def read(data: bytes) -> Run:
    path = Path("evaluations.npz")
    return stable_baselines3.read(Source(path, (path,), path.name, data=data))


def test_the_sample_is_one_run_with_the_errors_of_its_means() -> None:
    (found,) = discovery.find(SAMPLE)
    run = found.read()
    reward = run.series["eval/mean_reward"]
    with np.load(SAMPLE / "evaluations.npz") as known:
        assert reward.values.tolist() == pytest.approx(known["results"].mean(axis=1).tolist(), abs=1e-12)
        assert reward.errors is not None
        errors = known["results"].std(axis=1, ddof=1) / np.sqrt(known["results"].shape[1])
        assert reward.errors.tolist() == pytest.approx(errors.tolist(), abs=1e-12)
        best = known["timesteps"][known["results"].mean(axis=1).argmax()]
    assert f"best_model.zip is of step {best}" in next(note.message for note in run.notes if note.code == "SM198")
    assert run.hints["eval/mean_reward"].split == "val"


def test_the_table_and_the_evaluations_tell_the_same() -> None:
    table, exact = (discovery.find(SAMPLE / name)[0].read() for name in ("progress.csv", "evaluations.npz"))
    one, other = (run.series["eval/mean_reward"] for run in (table, exact))
    assert one.steps.tolist() == other.steps.tolist()
    assert one.values.tolist() == pytest.approx(other.values.tolist(), abs=1e-6)
    assert one.errors is None and table.hints["rollout/ep_rew_mean"].split == "train"


def test_a_monitor_counts_steps_by_its_episodes(tmp_path: Path) -> None:
    for at, rows in enumerate(("1.5,10,1.0\n2.5,10,3.0\n", "9.5,5,2.0\n")):
        (tmp_path / f"{at}.monitor.csv").write_text('#{"t_start": 100.0, "env_id": "x"}\nr,l,t\n' + rows)
    (found,) = discovery.find(tmp_path)
    series = found.read().series["episode reward"]
    assert series.steps.tolist() == [10, 15, 25] and series.values.tolist() == [1.5, 9.5, 2.5]


def test_names_of_its_checkpoints() -> None:
    found = [names.parse(name) for name in ("rl_model_2000_steps.zip", "best_model.zip", "data_v2.zip")]
    assert [one and (one.step, one.role) for one in found] == [(2000, "epoch"), (None, "best"), None]


def test_the_file_kept_as_best_is_of_the_first_highest_mean(tmp_path: Path) -> None:
    (tmp_path / "evaluations.npz").write_bytes(evaluations(1.0, 9.0, 9.0, 2.0))
    (tmp_path / "best_model.zip").write_text("weights")
    run = with_checkpoints(discovery.find(tmp_path)[0].read(), Policy())
    assert [(Path(one.path).name, one.step, one.role) for one in run.checkpoints] == [("best_model.zip", 2000, "best")]
    assert with_checkpoints(run, Policy(checkpoints="off")).checkpoints == ()


def asked(run: Run) -> Question:
    return question.ask(run, Policy()).question


def test_true_errors_tell_luck_from_progress() -> None:
    """The curve alone takes its own wiggle for noise; where the episodes agree, a high mean is one."""
    means = [10.0 * (at % 7) for at in range(40)]
    sure = asked(read(evaluations(*means, noise=0.01)))
    assert sure.monitor == "eval/mean_reward" and sure.point_errors is not None and (sure.point_errors < 0.01).all()
    chosen = aim_accuracy.pick(sure)
    assert chosen.index is not None and sure.values[chosen.index] == 60.0
    unsure = asked(read(evaluations(*means, noise=200.0)))
    assert len(aim_accuracy.pick(unsure).alike) > len(chosen.alike)


def test_a_single_episode_has_no_error() -> None:
    data = archive(timesteps=np.array([1, 2]), results=np.array([[1.0], [2.0]]), ep_lengths=np.array([[1], [1]]))
    assert read(data).series["eval/mean_reward"].errors is None


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"timesteps": np.array([1]), "results": np.array([["x"]])}, "pickled objects are never loaded"),
        ({"timesteps": np.array([1, 2]), "results": np.array([[1.0]])}, "not of the same number"),
        ({"timesteps": np.array([], int), "results": np.zeros((0, 5))}, "no evaluation yet"),
        ({"timesteps": np.array([1])}, "lacks timesteps or results"),
    ],
)
def test_what_is_no_evaluation_is_refused(members: dict[str, np.ndarray], why: str) -> None:
    with pytest.raises(LogError, match=why):
        read(archive(**members))


def test_an_array_never_says_more_than_it_holds() -> None:
    made = io.BytesIO()
    np.save(made, np.zeros(3))
    data = made.getvalue()
    assert arrays.parse(data, "x").tolist() == [0, 0, 0]
    with pytest.raises(LogError, match="fewer or more"):
        arrays.parse(data.replace(b"(3,), }        ", b"(999999999,), }"), "x")


def test_a_pickle_in_an_archive_is_never_loaded() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in ("timesteps", "results"):
            packed.writestr(f"{name}.npy", b"\x80\x04\x95\x00")
    with pytest.raises(LogError, match="no numpy array"):
        read(made.getvalue())


@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_damage_is_met_with_a_sentence_or_changes_nothing(data: st.DataObject) -> None:
    content = bytearray(evaluations(1.0, 5.0, 3.0))
    whole = read(bytes(content)).series["eval/mean_reward"].values.tolist()
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    try:
        run = read(bytes(content[:cut]) if data.draw(st.booleans()) else bytes(content))
    except SelectModelError:
        return
    assert run.series["eval/mean_reward"].values.tolist() == whole


def test_errors_are_kept_where_values_are() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        type(read(evaluations(1.0, 2.0)).series["eval/mean_reward"]).of("x", [1], [1], [1.0], frozen([1.0, 2.0]))
