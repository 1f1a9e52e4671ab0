"""The report of the framings study."""
