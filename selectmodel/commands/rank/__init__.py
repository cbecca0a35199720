"""Many runs: found, read on one core or many, remembered, and ranked."""
