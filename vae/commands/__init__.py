"""Commands: the `vae` command line.

cli      the command and all subcommands but these two
train    `vae train`, whose flags are the settings
import_  `vae import`
flags    settings as flags, and the flags that several commands share
"""
