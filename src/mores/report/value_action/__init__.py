"""Figures and page of the value–action study."""
