"""One file a log format; the registry finds them by listing this folder."""
