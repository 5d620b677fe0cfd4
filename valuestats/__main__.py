"""``python -m valuestats``."""

import sys

from valuestats.cli import main

sys.exit(main())
