"""Makes stable_baselines3/: PPO on a pendulum, evaluated every 2,048 steps on ten episodes each.

Versions: stable-baselines3 2.9.2, gymnasium 1.4.0, torch 2.13.0 (CPU). Takes a minute. From this folder:

    python make_reinforcement.py
"""

from __future__ import annotations

from pathlib import Path

import gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import CallbackList, CheckpointCallback, EvalCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.monitor import Monitor

HERE = Path(__file__).resolve().parent / "stable_baselines3"
EVERY = 2048


def main() -> None:
    """Trains, and leaves one line of text in place of each checkpoint."""
    HERE.mkdir(exist_ok=True)
    place = str(HERE)
    model = PPO(
        "MlpPolicy",
        Monitor(gymnasium.make("Pendulum-v1"), f"{place}/0"),
        n_steps=1024,
        learning_rate=1e-3,
        gamma=0.9,
        use_sde=True,
        sde_sample_freq=4,
        seed=1,
        device="cpu",
    )
    model.set_logger(configure(place, ["csv"]))
    evaluation = EvalCallback(
        Monitor(gymnasium.make("Pendulum-v1")),
        n_eval_episodes=10,
        eval_freq=EVERY,
        log_path=place,
        best_model_save_path=place,
        verbose=0,
    )
    checkpoints = CheckpointCallback(2 * EVERY, place)
    model.learn(40 * EVERY, callback=CallbackList([evaluation, checkpoints]))
    for file in HERE.glob("*.zip"):
        file.write_text("weights were here\n")


if __name__ == "__main__":
    main()
