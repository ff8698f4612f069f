"""What a file is before it is a table: where its bytes are, how they are packed and encoded."""
