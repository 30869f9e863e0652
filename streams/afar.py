"""What was raised in a plugin's own process, as the worker tells of it."""


class Afar(Exception):
    """Stands for an exception of another process, whose class may not exist in this one."""

    def __init__(self, name: str, text: str, stack: str, fingerprint: str) -> None:
        """`name` is its class's, `stack` as Python prints it, `fingerprint` as of a dead letter."""
        super().__init__(text)
        self.name = name
        self.stack = stack
        self.fingerprint = fingerprint
