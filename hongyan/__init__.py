"""The command line, and the one-machine stack it starts."""
