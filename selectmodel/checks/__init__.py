"""What the curves say: one check a file, found by listing this folder."""
