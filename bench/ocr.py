"""The screen from its pixels: how long, against recognising the whole screen; how often right.

    python -m bench.ocr [--rows 500] [--runs 15] [--save]

Times are of a screen on which one chat changed since the last look, as a sweep meets it, and of one
never seen before (`cold`), in one run with rapidocr on the whole screen. Right is each of the rows'
names, read exactly but for the width of signs and gaps, by what the names are made of.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.lab import parser, save, tell
from device_agent.nodes import Box
from device_agent.sight.chat_page import sighted_chat
from device_agent.sight.list_page import sighted_list
from device_agent.sight.pixels import Pixels, decoded
from device_agent.sight.recognizer import RapidRecognizer, Remembering
from device_agent.sim import Simulator

HANZI = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗客户供应商项目组家人同学会北京上海店长销售财务物流"
EMOJI = "😂👍🎉🌹🐶🍎"
ALIKE = (
    "1#楼",
    "01#楼",
    "001#楼",
    "10#楼",
    "l#楼",
    "I#楼",
    "O#楼",
    "0#楼",
    "王一",
    "王二",
    "王三",
    "王-",
)


def names(kind: str, count: int, chance: random.Random) -> list[str]:
    """So many names of one kind, all different."""
    made: dict[str, Callable[[int], str]] = {
        "hanzi": lambda _: "".join(chance.choices(HANZI, k=chance.randint(2, 6))),
        "digits": lambda _: f"{chance.randint(1, 9999)}号 {chance.randint(10**5, 10**6)}",
        "emoji": lambda _: "".join(chance.choices(HANZI, k=2)) + chance.choice(EMOJI),
        "lookalike": lambda n: (
            ALIKE[n % len(ALIKE)] + (str(n // len(ALIKE)) if n >= len(ALIKE) else "")
        ),
        "latin": lambda _: " ".join(
            "".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(3, 7))).title()
            for _ in range(2)
        ),
    }
    found: dict[str, None] = {}
    number = 0
    while len(found) < count:
        found[made[kind](number)] = None
        number += 1
    return list(found)


def fold(text: str) -> str:
    """Without what print does not tell."""
    wide = str.maketrans("，。：；？！（）", ",.:;?!()")
    return "".join(text.split()).translate(wide)


def _screens(
    sim: Simulator, wanted: list[str], each: int = 9
) -> Iterator[tuple[list[str], Pixels]]:
    for begin in range(0, len(wanted), each):
        sim.reset()
        some = wanted[begin : begin + each]
        for name in some:
            sim.receive(name, "好")
        device = sim.connect()
        device.app_start("com.tencent.mm")
        yield list(reversed(some)), decoded(sim.screen())


def accuracy(sim: Simulator, rows: int, seed: int) -> dict[str, float]:
    """Of each kind of name, the share that is read right, in percent."""
    chance = random.Random(seed)  # not a secret
    kinds = ("hanzi", "digits", "latin", "emoji", "lookalike")
    eyes = Remembering(RapidRecognizer())
    told: dict[str, float] = {}
    for kind in kinds:
        right = total = 0
        for truth, picture in _screens(sim, names(kind, rows // len(kinds), chance)):
            seen = sighted_list(picture, eyes)
            read = [fold(row.title) for row in seen.screen.rows] if seen else []
            plain = ["".join("[表情]" if c in EMOJI else c for c in name) for name in truth]
            total += len(truth)
            right += sum(fold(a) == b for a, b in zip(plain, read, strict=False))
        told[kind] = round(100 * right / total, 1)
        tell(f"{kind}: {right} of {total}")
    return told


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def times(sim: Simulator, runs: int, seed: int) -> dict[str, float]:
    """Medians in milliseconds."""
    chance = random.Random(seed)  # not a secret
    sim.reset()
    chats = names("hanzi", 9, chance)
    for name in chats:
        sim.receive(name, "在吗")
    device = sim.connect()
    device.app_start("com.tencent.mm")
    engine = RapidRecognizer()
    eyes = Remembering(engine)
    sighted_list(decoded(sim.screen()), eyes)
    took: dict[str, list[float]] = {}

    def noted(what: str, work: Callable[[], Any]) -> None:
        took.setdefault(what, []).append(_timed(work))

    for number in range(runs):
        sim.receive(chance.choice(chats), f"第{number}句，{chance.randint(100, 999)} 元")
        picture = decoded(sim.screen())
        noted("list_ms", lambda p=picture: sighted_list(p, eyes))
        noted("list_cold_ms", lambda p=picture: sighted_list(p, Remembering(engine)))
        noted("list_whole_ms", lambda p=picture: engine.whole(p))
    row = Box(0, 240, 1080, 440)
    device.click(*row.middle)
    for number in range(runs):
        for _ in range(3):
            sim.receive(chats[0], f"{number} {''.join(chance.choices(HANZI, k=18))}")
        picture = decoded(sim.screen())
        noted("chat_ms", lambda p=picture: sighted_chat(p, eyes))
        noted("chat_cold_ms", lambda p=picture: sighted_chat(p, Remembering(engine)))
        noted("chat_whole_ms", lambda p=picture: engine.whole(p))
        tell(f"run {number + 1}: {', '.join(f'{k} {v[-1]:.0f}' for k, v in took.items())}")
    return {what: round(statistics.median(some), 1) for what, some in took.items()}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--rows", type=int, default=500)
    made.add_argument("--seed", type=int, default=1)
    options = made.parse_args()
    with Simulator() as sim:
        medians = times(sim, options.runs, options.seed)
        right = accuracy(sim, options.rows, options.seed)
    target = "list_ms < 400, chat_ms < 900"
    told = {"runs": options.runs, "rows": options.rows, "target": target, **medians}
    save("ocr", {**told, "right_percent": right}, keep=options.save)


if __name__ == "__main__":
    main()
