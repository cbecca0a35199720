"""Text logs: from bytes to a table, and from a table to epochs; the readers of CSV formats share it."""
