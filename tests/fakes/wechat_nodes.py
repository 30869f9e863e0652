"""Finds what stands on a simulated phone's screen by the roles of its nodes."""

from device_agent.sim.phone import Phone


def text_of_roles(phone: Phone, role: str) -> list[str]:
    """The texts of the nodes with this role, from the top down."""
    return [node.text for node in phone.windows()[0].walk() if node.role == role]
