"""Provider batch interfaces: requests in a file, answered within a day, at a lower price."""
