"""How good a model is, beside its baselines, on texts that it has not seen."""
