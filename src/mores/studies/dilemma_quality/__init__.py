"""Whether a set of dilemmas is fit to be asked: what can be measured of its texts and records."""
