"""The cultural map as a figure and as a page."""
