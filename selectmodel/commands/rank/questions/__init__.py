"""What the owner of a sweep asks besides which run to ship, a question a file."""
