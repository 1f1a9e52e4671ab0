"""THE ASKING: what is to be asked, the asking itself, and the store of answers."""
