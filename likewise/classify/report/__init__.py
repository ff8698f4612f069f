"""What a training found, in the terminal and as a page."""
