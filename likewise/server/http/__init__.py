"""What speaks HTTP and knows no vectors: the protocol, who asks, what is refused."""
