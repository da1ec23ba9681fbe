"""A centre lives for a year on a clock of its own: two nodes, a bad network, people who come or do not."""
