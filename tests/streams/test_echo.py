"""The worker answers /echo through real servers."""

import asyncio

from streams.worker import Worker
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record


async def test_echo_answers_the_text_exactly_in_every_chat(stack: Stack) -> None:
    worker = Worker(stack.settings())
    try:
        await worker.start()
        await asyncio.wait_for(worker.assigned.wait(), 10)
        said = [message(f"/echo  two  spaces {n} \n你好", chat=f"c{n}") for n in range(5)]
        await stack.produce(record(event) for event in said)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 5)
    finally:
        await worker.stop()
    assert sorted(texts(actions)) == [f" two  spaces {n} \n你好" for n in range(5)]
    assert {action.chat_id for action in actions} == {f"c{n}" for n in range(5)}


async def test_a_worker_process_counts_and_stops_on_sigterm(stack: Stack) -> None:
    worker = stack.worker(ready_file=str(stack.folder / "ready"))
    worker.start()
    await stack.produce(record(message("/count", seq=seq)) for seq in range(20))
    actions = await stack.wait_for_actions(lambda found: len(found) >= 20)
    assert texts(actions) == [str(n + 1) for n in range(20)]
    assert (stack.folder / "ready").exists()
    assert await worker.stop() == 0
