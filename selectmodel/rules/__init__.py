"""One file a rule; see registry.py for how they are found."""
