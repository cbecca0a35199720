"""What lies on disk: opened safely, listed, matched, hashed. Nothing is ever loaded from a checkpoint."""
