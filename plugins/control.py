"""What an owner says of an instance while it runs, over what instances.toml says. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from plugins.instances import Declared


class Control(BaseModel):
    """Of one instance: on, off or as declared, and values of its configuration."""

    model_config = ConfigDict(frozen=True)

    enabled: bool | None = None
    config: Mapping[str, Any] = Field(default_factory=dict)


def under(
    controls: Mapping[str, Control], declared: Mapping[str, Declared], plugins: Mapping[str, object]
) -> dict[str, Declared]:
    """What is declared as its owner has it by now. An instance that nothing declares is the plugin
    of its name; a plugin by whose name another instance runs gets none by that.
    """
    used = {one.plugin or name for name, one in declared.items()}
    changed = dict(declared)
    for name, control in controls.items():
        before = declared.get(name)
        if before is None:
            if name not in plugins or (name in used and control.enabled is None):
                continue
            default = getattr(getattr(plugins[name], "manifest", None), "default", "on")
            before = Declared(enabled=default == "on")
        enabled = before.enabled if control.enabled is None else control.enabled
        config = {**before.config, **control.config}
        changed[name] = before.model_copy(update={"enabled": enabled, "config": config})
    return changed
