"""Which file holds which epoch, by name and listing only; nothing is ever opened."""
