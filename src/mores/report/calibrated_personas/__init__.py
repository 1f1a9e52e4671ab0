"""The report on calibrated value personas."""
