"""`python -m deftunes_redshift`."""

import sys

from deftunes_redshift.cli import main

sys.exit(main())
