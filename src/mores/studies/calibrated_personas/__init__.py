"""Calibrated value personas: populations answered for by personas made of their values."""
