"""What the Hugging Face Trainer and its kin log: rows of training, of evaluation and a closing summary, by step."""
