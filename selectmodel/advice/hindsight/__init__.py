"""What a finished run tells of the next one; the subjects of advice share it."""
