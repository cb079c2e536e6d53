"""What the laptop's program starts with: the command line, with the laptop's commands alone."""

import sys

from sync.cli import main

if __name__ == "__main__":
    sys.exit(main())
