"""Models that live in the actors of a Ray cluster: extra ``ray``."""
