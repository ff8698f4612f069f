"""/v1: the contract of OpenAI's clients."""
