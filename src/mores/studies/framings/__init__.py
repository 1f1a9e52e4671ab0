"""Framings: a country as the user's, the model's own, or a third person's, in seven languages."""
