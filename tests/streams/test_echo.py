"""The worker answers /echo through real servers."""

import asyncio

from streams.worker import Worker
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record


async def test_echo_answers_the_text_exactly_in_every_chat(any_stack: Stack) -> None:
    worker = Worker(any_stack.settings())
    try:
        await worker.start()
        await asyncio.wait_for(worker.assigned.wait(), 10)
        said = [message(f"/echo  two  spaces {n} \n你好", chat=f"c{n}") for n in range(5)]
        await any_stack.produce(record(event) for event in said)
        actions = await any_stack.wait_for_actions(lambda found: len(found) >= 5)
    finally:
        await worker.stop()
    assert sorted(texts(actions)) == [f" two  spaces {n} \n你好" for n in range(5)]
    assert {action.chat_id for action in actions} == {f"c{n}" for n in range(5)}


async def test_a_worker_process_counts_and_stops_on_sigterm(any_stack: Stack) -> None:
    worker = any_stack.worker(ready_file=str(any_stack.folder / "ready"))
    worker.start()
    await any_stack.produce(record(message("/count", seq=seq)) for seq in range(20))
    actions = await any_stack.wait_for_actions(lambda found: len(found) >= 20)
    assert texts(actions) == [str(n + 1) for n in range(20)]
    assert (any_stack.folder / "ready").exists()
    assert await worker.stop() == 0
