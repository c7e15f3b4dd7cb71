"""`python -m rlvr` is `rlvr`."""

from rlvr.cli import main

main()
