"""Which epoch to ship: how the recommendation is laid out; selection/ finds it."""
