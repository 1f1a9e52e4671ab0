"""Culturally grounded personas: configurations of ten variables, on the map, among humans, in morals."""
