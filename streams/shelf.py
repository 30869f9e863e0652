"""What runs were told and is too large for a row or a record lies in the media store."""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import orjson
from loguru import logger

from connectors.media.store import MediaDamaged, MediaMissing, MediaStore
from connectors.recordings import Recording
from schemas.content import Media
from schemas.run import Call

INLINE: Final = 64 * 1024
"""Bytes of a call that stay with it: several fit into a record, whose limit is 512 KiB."""
_REMEMBERED: Final = 1000


class Shelf:
    """Puts large calls away and fetches them again; the store knows them by their bytes.

    Raises, from both: DependencyDown while the store is away.
    """

    def __init__(self, store: MediaStore) -> None:
        """Nothing is touched yet."""
        self._store = store
        self._put: OrderedDict[str, Media] = OrderedDict()

    async def shelved(self, calls: Iterable[Call]) -> tuple[Call, ...]:
        """The calls, the large ones with a reference to what was asked and answered."""
        return tuple([await self._shelved(call) for call in calls])

    async def restored(self, calls: Iterable[Call]) -> tuple[Call, ...]:
        """The calls as they were; one whose blob is gone has no answer, and is asked anew."""
        return tuple([await self._restored(call) for call in calls])

    async def _shelved(self, call: Call) -> Call:
        if call.request is None and call.response is None:
            return call
        whole = orjson.dumps([call.request, call.response])
        if len(whole) <= INLINE:
            return call
        name = sha256(whole).hexdigest()
        media = self._put.get(name)
        if media is None:
            media = await self._store.put(whole, mime="application/json")
            self._put[name] = media
            if len(self._put) > _REMEMBERED:
                self._put.popitem(last=False)
        return call.model_copy(update={"request": None, "response": None, "shelved": media})

    async def _restored(self, call: Call) -> Call:
        if call.shelved is None:
            return call
        try:
            request, response = orjson.loads(await self._store.get(call.shelved.sha256))
        except (MediaMissing, MediaDamaged) as error:
            logger.warning("a call's answer is lost: {}", error)
            left_out = {"kind": "left_out", "message": str(error)}
            return call.model_copy(update={"error": left_out, "shelved": None})
        back = {"request": request, "response": response, "shelved": None}
        return call.model_copy(update=back)


async def whole(recordings: Iterable[Recording], store: MediaStore) -> list[Recording]:
    """Recordings with all that their runs were told."""
    shelf = Shelf(store)
    found = []
    for one in recordings:
        calls = await shelf.restored(one.run.calls)
        found.append(Recording(one.event, one.run.model_copy(update={"calls": calls})))
    return found
