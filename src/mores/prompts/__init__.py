"""HOW it is asked: templates, the order of options, rendering to messages."""
