"""One file a subject of advice; the registry finds them by listing this folder."""
