"""The screens of the simulated phone as trees of nodes, one module a screen."""
