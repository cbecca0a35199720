"""One file an output format; see registry.py for how they are found."""
