"""The same jobs in shards: in a loop, in local processes, or on the machines of a Ray cluster."""
