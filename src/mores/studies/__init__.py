"""The protocols: what each asks, and what each computes from the answers."""
