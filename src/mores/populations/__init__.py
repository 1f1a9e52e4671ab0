"""The humans: survey files, distributions, the cultural map, and a synthetic population."""
