"""The gate: what it asks of a model, what it is held against, and the verdict."""
