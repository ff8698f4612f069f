"""Models at a provider: its protocol, its answers, what it costs."""
