"""One file a log format; see registry.py for how they are found."""
