"""`python -m hongyan`: the command line without its script, for the processes `up` starts."""

from hongyan.cli import main

main()
