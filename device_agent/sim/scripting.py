"""What the control API does with a phone's script."""

from typing import Any

from pydantic import ValidationError

from device_agent.sim.casting import cast
from device_agent.sim.clock import rfc3339
from device_agent.sim.failure import Refusal
from device_agent.sim.part_errors import first_error
from device_agent.sim.peopling import Misfit
from device_agent.sim.phone import Phone
from device_agent.sim.script_parts import ScriptPart
from device_agent.sim.world import Chat
from device_agent.sim.yaml_places import Path, written


def add_steps(phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
    """POST /script: more `steps`, their `at` in seconds from now; all steps as `show` gives them.

    Those due at once are done before it returns. Raises Refusal 422 naming the place.
    """

    def chat_of(words: str, path: Path) -> Chat:
        found = phone.world.chats.get(words)
        titled = [found] if found is not None else phone.world.titled(words)
        if len(titled) == 1:
            return titled[0]
        said = f"{len(titled)} chats are called" if titled else "there is no chat"
        raise Misfit(path, f"{said} `{words}`; its `chat_id` does as well")

    script = phone.script
    known = [*script.messages, *phone.world.messages]
    try:
        parts = ScriptPart.model_validate(body)
        steps = cast(parts.steps, chat_of, known, phone.clock.seconds(), ("steps",))
    except ValidationError as invalid:
        raise _refused(*first_error(invalid)) from invalid
    except Misfit as misfit:
        raise _refused(misfit.path, misfit.wrong) from misfit
    script.add(steps)
    script.run_due()
    phone.keep()
    return show(phone)


def show(phone: Phone) -> dict[str, Any]:
    """GET /script: the phone's time, and each step with what has become of it."""
    return {"now": rfc3339(phone.clock.seconds()), "steps": phone.script.listing()}


def _refused(path: Path, wrong: str) -> Refusal:
    place = written(path)
    return Refusal(422, f"{place}: {wrong}" if place else wrong, path=place)
