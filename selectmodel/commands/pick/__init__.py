"""Which epoch to ship: selection/ finds it, and lays out the report."""
