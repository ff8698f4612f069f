"""Models that run on this machine: folder, weights, tokenizer, engine."""
