"""One folder a command: what it answers and how that is laid out; none imports another."""
