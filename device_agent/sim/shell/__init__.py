"""The simulated phone's shell: its grammar, its files and its commands."""
