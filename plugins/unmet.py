"""What a plugin asks of its owner and has not been given: grants and roles. Pure."""

from plugins.plugin import Instance


def unmet(instance: Instance) -> list[str]:
    """What to write for each capability that its manifest wants and is not granted, and each role
    that nobody can hold.
    """
    name, manifest = instance.name, instance.plugin.manifest
    told = [
        f"{name} wants {wanted}, which is not granted: write it into [{name}.grants] of "
        "instances.toml, or it is denied"
        for wanted in manifest.capabilities
        if not instance.grants.holds(wanted)
    ]
    asked = {
        role: handler.name
        for handler in instance.plugin.handlers
        for roles in instance.wanted(handler)
        for role in roles
    }
    asked |= {role: one.name for one in instance.plugin.tools for role in one.permission}
    asked |= dict.fromkeys(manifest.permissions, name)
    told += [
        f"{name}: {asker} needs the role {role!r}, and roles.toml has no [roles.{role}]: nobody "
        "can hold it"
        for role, asker in asked.items()
        if role not in instance.roles.names
    ]
    return told
