"""What each part of the reference is made from."""
