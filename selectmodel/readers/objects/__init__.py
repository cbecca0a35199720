"""Logs whose rows are objects, such as JSON lines: text → objects → table; what tables share does the rest."""
