"""One file a rule; the registry finds them by listing this folder."""
