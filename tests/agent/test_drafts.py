"""What a person left in the field is stored before it is cleared, and told in the receipt."""

import asyncio
import shutil
import signal

import pytest

from device_agent.job import Job
from schemas.receipt import State
from tests.agent.test_jobs import action
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig


def test_each_draft_is_kept_and_one_found_again_is_kept_once() -> None:
    job = Job(action=action())
    for draft in ("写了一半", "写了一半", "又写了\n两行", "写了一半"):
        job = job.keeping_draft(draft)

    assert job.draft_cleared == "写了一半\n\n又写了\n两行"


def leave(rig: Rig, words: str) -> None:
    def write(fleet: object, phone: object) -> None:
        for one in phone.world.chats.values():  # type: ignore[attr-defined]
            one.draft = words

    rig.sim.on_phone(write)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "moved"), [("draft_kept", False), ("typed", False), ("intent_acked", True)]
)
async def test_a_draft_outlives_the_agent_and_once_sending_began_its_machine(
    rig: Rig, place: str, moved: bool
) -> None:
    rig.sim.receive("张三", "在吗")
    leave(rig, "写了一半")
    flag = rig.data.parent / "died"
    async with process(rig, failpoint=f"agent.{place}", failpoint_flag=str(flag)) as first:
        action_id = await rig.ask(await rig.chat_id("张三"), "正文")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    if moved:
        await asyncio.to_thread(shutil.rmtree, rig.data)
    await rig.start()

    end = await rig.end(action_id, patience=30)

    assert (end.state, end.draft_cleared) == (State.SENT, "写了一半")
    assert rig.sent() == ["正文"]
