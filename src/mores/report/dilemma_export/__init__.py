"""A set of dilemmas as others load it: flat tables, Croissant metadata, a card."""
