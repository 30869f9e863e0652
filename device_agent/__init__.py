"""The phone: screen reading, alignment, verified sending, and the spool between them."""
