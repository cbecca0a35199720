"""It has no function at all."""
