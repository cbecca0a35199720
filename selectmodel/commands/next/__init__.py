"""Which checkpoint to evaluate next, where few were evaluated and many are saved."""
