"""What the numbers of a curve say."""
