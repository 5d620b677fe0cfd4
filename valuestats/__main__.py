"""``python -m valuestats``."""

import sys

from valuestats.cli.main import main

sys.exit(main())
