"""Tables of separated cells: their dialect, their layout, and the records in them."""
