"""`python -m vae`: the `vae` command, also under torchrun."""

import sys

from vae.commands.cli import main

sys.exit(main())
