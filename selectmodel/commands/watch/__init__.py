"""A training that still runs: what is recommended so far, and when it is worth to stop."""
