"""Retrain cycles side by side: what changed between them, and whether the difference means anything."""
