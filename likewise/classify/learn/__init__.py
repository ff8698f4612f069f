"""What is learnt: features, candidates, heads and the search among them."""
