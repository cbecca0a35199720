"""How a log was understood."""
