"""`python -m constructs_lib.cli` is `saasus-events`."""

import sys

from constructs_lib.cli import main

sys.exit(main())
