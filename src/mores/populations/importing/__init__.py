"""Survey files, as the archives hand them out, turned into populations."""
