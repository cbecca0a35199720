"""What to do in the next run, gathered from what this one tells."""
