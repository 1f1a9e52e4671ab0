"""``python -m mores`` is the command ``mores``."""

import sys

from mores.cli import main

if __name__ == "__main__":
    sys.exit(main())
