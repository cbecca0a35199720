"""What programs print while they train, as rows: where a line says it is, and the named numbers in it."""
