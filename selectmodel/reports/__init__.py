"""One file an output format; the registry finds them by listing this folder."""
