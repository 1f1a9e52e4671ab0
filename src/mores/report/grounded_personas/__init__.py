"""Figures and pages of the grounded-personas study."""
