"""The report of the grounded-personas study."""
