"""What plugin authors test with: a bot that receives made-up messages and says what it answers."""

from plugins.kit.bot import Bot

__all__ = ["Bot"]
