"""Whom the model is asked to be: the grid of cultural variables and twelve personas on it."""
