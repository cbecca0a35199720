"""It divides by zero when it is imported."""

SHARE = 1 / 0
