"""What a fault knob is: its name, a sentence about it, its parameters, the operations it hits."""

from dataclasses import dataclass, field

CLASSES = ("any", "dump", "set_text", "row_tap", "send_tap")
"""What a caller may name with `on`."""
TAPS = frozenset({"tap", "row_tap", "send_tap"})
DUMPS = frozenset({"dump"})
INPUTS = frozenset({"set_text"})
FINDS = frozenset({"find"})
GESTURES = frozenset({"gesture"})
EVERYTHING = TAPS | DUMPS | INPUTS | FINDS | GESTURES | {"call"}
"""What `on` any means: `find` looks for a node, `gesture` is a swipe or a key, `call` any other
RPC; touches and typing by the shell count alike. Apart from these stand a whole command line
(`shell`), the dumpsys of `notifications`, and what asks for a keyboard (`ime`).
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A knob's own parameter; `default`, `least` and `most` in the unit that `about` names."""

    about: str
    default: float
    least: float = 0.0
    most: float = 86_400.0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Knob:
    """A fault that can be armed.

    `kinds` are the operations that it can befall. `at_once`: armed with `on` any and `after` 0 it
    strikes without waiting for an operation. `lasting`: with `for_s` it befalls every operation
    for that long from its first strike on, instead of `times` operations.
    """

    name: str
    about: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    kinds: frozenset[str] = EVERYTHING
    at_once: bool = False
    lasting: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """What `on` may name for this knob."""
        return tuple(one for one in CLASSES if one == "any" or one in self.kinds)
