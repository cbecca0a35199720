"""Which checkpoint files can go once a training is over."""
