"""From a run and a policy to a recommended epoch."""
