"""What there is to choose from: rules, checks, notes, and how well they did."""
