"""Holds what a chaos campaign left behind against the phone's truth. Pure.

Wrong is what must never be: a message unread or read twice; a reply lost, doubled, in a wrong chat
or out of order; a receipt that says what truth denies; an end that no fault excuses. Noted are ends
and marks that are honest: an `unknown` or a gap with trouble around it, a name that two chats have.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.faults.chaos.evidence import Asked, Evidence, Told

WRONG = (
    "unread",
    "read_twice",
    "lost",
    "doubled",
    "misdelivered",
    "disordered",
    "claimed",
    "denied",
    "unexcused",
    "unknown_untrue",
    "gap_untrue",
)
NOTED = ("unknown", "held", "failed", "refused", "gap", "merged")
AROUND_S = 60.0
"""So long after a fault its consequences may still be told: rests, restarts, work piled up."""
_ENDS = frozenset({"sent", "failed", "not_sent", "expired", "cancelled", "unknown", "held"})


@dataclass(frozen=True)
class Finding:
    """One thing found, with its story, oldest line first."""

    kind: str
    chat: str
    text: str
    story: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        return self.kind in WRONG


@dataclass
class Verdict:
    """All findings."""

    findings: list[Finding] = field(default_factory=list)

    def of(self, kind: str) -> list[Finding]:
        return [one for one in self.findings if one.kind == kind]

    @property
    def wrong(self) -> list[Finding]:
        return [one for one in self.findings if one.wrong]

    def counts(self) -> dict[str, int]:
        """How many of each kind, zeros too."""
        found = Counter(one.kind for one in self.findings)
        return {kind: found[kind] for kind in (*WRONG, *NOTED)}


def judge(evidence: Evidence) -> Verdict:
    """Everything found."""
    return _Judge(evidence).verdict()


class _Judge:
    def __init__(self, evidence: Evidence) -> None:
        self._e = evidence
        self._ends: dict[str, Told] = {}
        for told in evidence.told:
            if told.state in _ENDS:
                self._ends[told.action_id] = told
        self._homes = self._homes_of_chats()
        self._home_of_event = {
            one.event_id: self._home(one.chat_id, one.text) for one in evidence.read
        }
        self._found: list[Finding] = []

    def verdict(self) -> Verdict:
        self._reading()
        self._delivery()
        self._order()
        self._ended()
        self._marks()
        return Verdict(self._found)

    # --- which chat is which ---

    def _homes_of_chats(self) -> dict[str, str]:
        """The simulator's chat of each of the agent's, told by texts written once, else by a title
        that no other has.
        """
        count = Counter(one.text for one in self._e.written)
        self._once = {one.text: one.chat for one in self._e.written if count[one.text] == 1}
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for read in self._e.read:
            if read.text in self._once:
                votes[read.chat_id][self._once[read.text]] += 1
        titled = {title: chat for chat, title in self._e.titles.items()}
        named = {r.chat_id: titled[r.title] for r in self._e.read if r.title in titled}
        return named | {chat: found.most_common(1)[0][0] for chat, found in votes.items()}

    def _home(self, chat_id: str, text: str) -> str | None:
        return self._once.get(text) or self._homes.get(chat_id)

    def _note(self, kind: str, chat: str | None, text: str, *story: str) -> None:
        name = self._e.names.get(chat or "", chat or "?")
        self._found.append(Finding(kind, name, text, (*self._tale(chat, text), *story)))

    def _tale(self, chat: str | None, text: str) -> list[str]:
        """What happened to a text, in the order of time."""
        bare = text.removeprefix("/echo ")
        mine = {bare, f"/echo {bare}"}
        lines = [
            (w.at, f"written in {self._e.names.get(w.chat, w.chat)}: {w.text}")
            for w in self._e.written
            if w.text in mine and w.chat == chat
        ]
        asked = {
            a.action_id
            for a in self._e.asked
            if a.text == bare and self._home_of_event.get(a.event_id or "") == chat
        }
        for read in self._e.read:
            if read.text in mine and self._home_of_event[read.event_id] == chat:
                marks = " gap_possible" * read.gap + " historical" * read.historical
                lines.append((read.at, f"read in {read.chat_id} as {read.event_id}{marks}"))
        lines += [
            (t.at, f"{t.action_id}: {t.state} {t.reason or ''} {t.detail or ''}".rstrip())
            for t in self._e.told
            if t.action_id in asked
        ]
        lines += [
            (b.at, f"left in {self._e.names.get(b.chat, b.chat)}")
            for b in self._e.left
            if b.text == bare and (b.chat == chat or bare != "好")
        ]
        if lines and len(lines) < 40:
            first, last = min(lines)[0], max(lines)[0]
            lines += [
                (t.at, f"** {t.what}") for t in self._e.troubles if first - 5 <= t.at <= last + 5
            ]
        return [f"{at:.2f} {line}" for at, line in sorted(lines)]

    # --- findings ---

    def _reading(self) -> None:
        written = Counter((self._pool(one.chat, one.text), one.text) for one in self._e.written)
        read: Counter[tuple[str | None, str]] = Counter()
        for one in self._e.read:
            home = self._home_of_event[one.event_id]
            read[self._pool(home, one.text), one.text] += 1
            if self._homes.get(one.chat_id) != home:
                self._note("merged", home, one.text, f"agent's chat {one.chat_id} holds two chats")
        for (chat, text), count in written.items():
            missing = count - read[chat, text]
            for _ in range(missing):
                self._note("unread", chat, text)
        for (home, text), count in read.items():
            for _ in range(count - written.get((home or "", text), 0)):
                self._note("read_twice", home, text)

    def _pool(self, home: str | None, text: str) -> str | None:
        """Which of several namesakes said what is said often, nobody can tell."""
        alike = home is None or home in self._e.shared
        return "namesakes" if alike and text not in self._once else home

    def _delivery(self) -> None:
        """Each reply against truth; what did not leave needs an end that is true and excused."""
        owed = Counter((one.chat, one.reply) for one in self._e.written if one.reply is not None)
        left = Counter((one.chat, one.text) for one in self._e.left)
        for (chat, text), count in left.items():
            if (chat, text) not in owed:
                self._note("misdelivered", chat, text, f"nothing asked for it in {chat}")
            for _ in range(count - owed[chat, text] if (chat, text) in owed else 0):
                self._note("doubled", chat, text)
        for (chat, text), count in owed.items():
            missing = count - left[chat, text]
            ends = [end for end in self._ends_of(chat, text) if end.state != "sent"]
            for _ in range(missing - len(ends)):
                self._note("lost", chat, text)

    def _actions(self, chat: str, text: str) -> list[Asked]:
        return list(
            {
                a.action_id: a
                for a in self._e.asked
                if a.text == text and self._home_of_event.get(a.event_id or "") == chat
            }.values()
        )

    def _ends_of(self, chat: str, text: str) -> list[Told]:
        return [
            self._ends[a.action_id] for a in self._actions(chat, text) if a.action_id in self._ends
        ]

    def _order(self) -> None:
        """In a chat the replies to texts written once stand in the order of their questions."""
        place = {
            (w.chat, w.reply): n
            for n, w in enumerate(self._e.written)
            if w.text in self._once and w.reply is not None
        }
        last: dict[str, int] = {}
        for bubble in self._e.left:
            here = place.get((bubble.chat, bubble.text))
            if here is None:
                continue
            if here < last.get(bubble.chat, -1):
                self._note("disordered", bubble.chat, bubble.text)
            last[bubble.chat] = max(here, last.get(bubble.chat, -1))

    def _ended(self) -> None:
        """Receipts against truth, chat by chat and text by text."""
        seen: set[tuple[str | None, str]] = set()
        for asked in self._e.asked:
            home = self._home_of_event.get(asked.event_id or "")
            if home is None or (home, asked.text) in seen:
                continue
            seen.add((home, asked.text))
            ends = self._ends_of(home, asked.text)
            left = sum(b.chat == home and b.text == asked.text for b in self._e.left)
            sent = sum(end.state == "sent" for end in ends)
            unknown = sum(end.state == "unknown" for end in ends)
            if sent > left:
                self._note("claimed", home, asked.text)
            actions = len(self._actions(home, asked.text))
            if min(left, actions) > sent + unknown + actions - len(ends):
                self._note("denied", home, asked.text)
            for end in ends:
                if end.state != "sent":
                    self._weigh(home, asked.text, end, left - sent > 0)
        self._too_many("failed", ("send_failed_mark", "too_frequent_dialog"))

    def _too_many(self, kind: str, knobs: tuple[str, ...]) -> None:
        excused = sum(self._e.struck.get(knob, 0) for knob in knobs)
        for one in [one for one in self._found if one.kind == kind][excused:]:
            self._found.append(Finding("unexcused", one.chat, one.text, one.story))

    def _weigh(self, home: str, text: str, end: Told, really_left: bool) -> None:
        why = f"{end.state} {end.reason or ''}: {end.detail or ''}; truth: " + (
            "it left" if really_left else "it did not leave"
        )
        if end.state == "unknown":
            self._note("unknown" if self._troubled(end.at) else "unknown_untrue", home, text, why)
        elif end.state == "held":
            self._note("held" if self._held_truly(home) else "unexcused", home, text, why)
        elif end.reason == "ambiguous_recipient":
            self._note("refused" if home in self._e.shared else "unexcused", home, text, why)
        elif end.state == "failed" and end.reason in {"send_failed_mark", "too_frequent"}:
            self._note("failed", home, text, why)
        else:
            self._note("unexcused", home, text, why)

    def _held_truly(self, home: str) -> bool:
        """Behind an unknown of its own chat."""
        return any(
            end.state == "unknown" and self._home_of_event.get(a.event_id or "") == home
            for a in self._e.asked
            if (end := self._ends.get(a.action_id)) is not None
        )

    def _troubled(self, at: float) -> bool:
        return any(one.at <= at <= one.until + AROUND_S for one in self._e.troubles)

    def _marks(self) -> None:
        """A gap mark is true where trouble, or rows that read alike, make the join uncertain."""
        for one in self._e.read:
            if one.gap:
                home = self._home_of_event[one.event_id]
                kind = "gap" if self._troubled(one.at) or self._repeats(home) else "gap_untrue"
                self._note(kind, home, one.text)

    def _repeats(self, home: str | None) -> bool:
        count = Counter(w.text for w in self._e.written if w.chat == home)
        return home in self._e.shared or any(number > 1 for number in count.values())
