"""Jobs on many machines, and what can break in them: `make test-scale`, no part of `make test`."""
