"""The shell's grammar: from a command line to lists, pipelines, words and redirections."""

from dataclasses import dataclass, field

from device_agent.sim.failure import Refusal

_OPERATORS = ("&&", "||", ";", "|", "\n", "&")
_REDIRECTS = ("2>>", "2>", "1>>", "1>", ">>", ">", "<")


@dataclass(slots=True)
class Part:
    """A piece of a word: literal text, `$(command)` or `$name`; quoted ones are not split."""

    kind: str
    text: str
    quoted: bool


@dataclass(slots=True)
class Word:
    """A word is its parts, side by side."""

    parts: list[Part] = field(default_factory=list)

    @property
    def literal(self) -> str:
        """The word's text where it has no expansion."""
        return "".join(part.text for part in self.parts if part.kind == "text")


@dataclass(slots=True)
class Command:
    """Words and redirections (operator, target)."""

    words: list[Word] = field(default_factory=list)
    redirects: list[tuple[str, Word]] = field(default_factory=list)


Pipeline = list[Command]


@dataclass(slots=True)
class AndOr:
    """Pipelines joined by `&&` and `||`; the first one's joint is empty."""

    steps: list[tuple[str, Pipeline]] = field(default_factory=list)


class Unreadable(Refusal):
    """A command line outside the grammar."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, detail)


class _Reader:
    def __init__(self, line: str) -> None:
        self.line = line
        self.place = 0

    def ahead(self, *texts: str) -> str:
        return next((text for text in texts if self.line.startswith(text, self.place)), "")

    @property
    def rest(self) -> bool:
        return self.place < len(self.line)

    def end(self) -> None:
        if self.rest:
            raise Unreadable(f"syntax error: unexpected '{self.line[self.place]}'")

    def blanks(self) -> None:
        while self.rest and self.line[self.place] in " \t\r":
            self.place += 1


def parse(line: str) -> list[AndOr]:
    """The lists that a command line runs, in order. Raises Unreadable."""
    reader = _Reader(line)
    lists: list[AndOr] = []
    joint = ""
    current = AndOr()
    while True:
        pipeline = _pipeline(reader)
        if pipeline:
            current.steps.append((joint, pipeline))
        elif joint:
            raise Unreadable("syntax error: unexpected end of file")
        operator = reader.ahead("&&", "||", ";", "\n", "&")
        reader.place += len(operator)
        if operator in {"&&", "||"}:
            if not pipeline:
                raise Unreadable(f"syntax error: unexpected '{operator}'")
            joint = operator
            continue
        if current.steps:
            lists.append(current)
        joint, current = "", AndOr()
        if not operator:
            reader.end()
            return lists


def _pipeline(reader: _Reader) -> Pipeline:
    commands: Pipeline = []
    while True:
        command = _command(reader)
        if not command.words and not command.redirects:
            return commands
        commands.append(command)
        if reader.ahead("||") or not reader.ahead("|"):
            return commands
        reader.place += 1


def _command(reader: _Reader) -> Command:
    command = Command()
    while True:
        reader.blanks()
        if not reader.rest or reader.ahead(*_OPERATORS):
            return command
        if reader.line[reader.place] == "#":
            end = reader.line.find("\n", reader.place)
            reader.place = len(reader.line) if end < 0 else end
            return command
        redirect = reader.ahead("2>&1", ">&2", "1>&2", *_REDIRECTS)
        if redirect:
            reader.place += len(redirect)
            reader.blanks()
            target = Word() if "&" in redirect else _word(reader)
            command.redirects.append((redirect, target))
            continue
        command.words.append(_word(reader))


def _word(reader: _Reader) -> Word:
    word = Word()
    while reader.rest:
        char = reader.line[reader.place]
        if char in " \t\r\n;|&<>":
            break
        if char == "'":
            end = _closing(reader, "'", reader.place + 1)
            word.parts.append(Part("text", reader.line[reader.place + 1 : end], quoted=True))
            reader.place = end + 1
        elif char == '"':
            reader.place += 1
            _double(reader, word)
        elif char == "\\":
            word.parts.append(
                Part("text", reader.line[reader.place + 1 : reader.place + 2], quoted=True)
            )
            reader.place += 2
        elif char in "$`":
            word.parts.append(_expansion(reader, quoted=False))
        else:
            word.parts.append(Part("text", char, quoted=False))
            reader.place += 1
    if not word.parts:
        raise Unreadable("syntax error: a word is missing")
    return word


def _closing(reader: _Reader, quote: str, start: int) -> int:
    end = reader.line.find(quote, start)
    if end < 0:
        raise Unreadable(f"syntax error: unterminated {quote}")
    return end


def _double(reader: _Reader, word: Word) -> None:
    text: list[str] = []
    while reader.rest:
        char = reader.line[reader.place]
        if char == '"':
            word.parts.append(Part("text", "".join(text), quoted=True))
            reader.place += 1
            return
        if char == "\\" and reader.line[reader.place + 1 : reader.place + 2] in '"\\$`':
            text.append(reader.line[reader.place + 1 : reader.place + 2])
            reader.place += 2
        elif char in "$`":
            word.parts.append(Part("text", "".join(text), quoted=True))
            text = []
            word.parts.append(_expansion(reader, quoted=True))
        else:
            text.append(char)
            reader.place += 1
    raise Unreadable('syntax error: unterminated "')


def _expansion(reader: _Reader, *, quoted: bool) -> Part:
    if reader.ahead("`"):
        end = _closing(reader, "`", reader.place + 1)
        inner = reader.line[reader.place + 1 : end]
        reader.place = end + 1
        return Part("command", inner, quoted)
    if reader.ahead("$("):
        start = reader.place + 2
        end = _balanced(reader.line, start)
        reader.place = end + 1
        return Part("command", reader.line[start:end], quoted)
    reader.place += 1
    braced = bool(reader.ahead("{"))
    reader.place += braced
    start = reader.place
    if reader.rest and reader.line[reader.place] in "?$!#@*":
        reader.place += 1
    else:
        while reader.rest and (
            reader.line[reader.place].isalnum() or reader.line[reader.place] == "_"
        ):
            reader.place += 1
    name = reader.line[start : reader.place]
    reader.place += braced
    return Part("name", name, quoted) if name else Part("text", "$", quoted)


def _balanced(line: str, start: int) -> int:
    depth, quote, place = 1, "", start
    while place < len(line):
        char = line[place]
        if quote:
            if char == "\\" and quote == '"':
                place += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return place
        place += 1
    raise Unreadable("syntax error: unterminated $(")
