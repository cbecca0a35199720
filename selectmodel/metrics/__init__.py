"""What the name of a metric says: its split, its direction, what it measures."""
