"""What makes vectors for requests and knows no HTTP: encoders, batches, queues."""
