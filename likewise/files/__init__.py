"""Tables in and out: `read` streams them, `write` puts files in place whole or not at all."""
