"""One file a subject of advice; see registry.py for how they are found."""
