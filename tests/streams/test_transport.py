"""Our overrides of Faust stand on the very source they were written against."""

import importlib
import inspect
from hashlib import sha256
from importlib.metadata import version

import pytest
from faust.types import TP

from streams.acks import Acks
from streams.transport import Consumer

READ = {
    "faust.transport.consumer:Consumer._new_offset": "1d2c7ea89a7ad4f1",
    "faust.transport.consumer:Consumer._filter_tps_with_pending_acks": "f6f9239774234e7e",
    "faust.transport.consumer:Consumer._filter_committable_offsets": "dc5e9baf5d994485",
    "faust.transport.consumer:Consumer._should_commit": "5ce941793947ad42",
    "faust.transport.consumer:Consumer._commit_tps": "a20e230b05ae8b15",
    "faust.transport.consumer:Consumer._commit_offsets": "1a69799041188441",
    "faust.transport.consumer:Consumer._add_gap": "4df2573ded7c1c2c",
    "faust.transport.consumer:Consumer.on_partitions_revoked": "d04b7ae72c6fc206",
    "faust.transport.consumer:Consumer.perform_seek": "0e8c130ff4b0afd8",
    "faust.transport.consumer:Consumer._drain_messages": "44a2500309e83c63",
    "faust.transport.consumer:Consumer.getmany": "4b168d84882a70d6",
    "faust.transport.consumer:Consumer._wait_next_records": "6218e1969a636b3f",
    "faust.transport.consumer:Consumer.on_buffer_full": "c8961679e0bcdce5",
    "faust.transport.consumer:Consumer.on_buffer_drop": "4b57e8a418d5ad9c",
    "faust.transport.consumer:Consumer.verify_event_path": "aead7dc3d8dc43fa",
    "faust.transport.conductor:ConductorCompiler.build": "837cf521368c1ee4",
    "faust.transport.drivers.aiokafka:Consumer._new_consumer_thread": "0870ec53dea75083",
    "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._create_worker_consumer": "c2701bfc3e6f6cad",  # noqa: E501
    "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._commit": "932852ce7a23f658",
    "faust.streams:Stream.events": "c62f4dd3a73fe7aa",
    "faust.streams:Stream._py_aiter": "3a48ee257a65435b",
    "faust.tables.recovery:Recovery._resume_streams": "d986a6710c1aca98",
    "faust.app.base:App._create_directories": "a9f571c3b04abec3",
    "faust.app.base:App._on_partitions_revoked": "d5c895bbe57dc73a",
    "faust.app.base:App._on_partitions_assigned": "de932b7927db85b3",
}


def test_the_version_of_faust_is_the_one_that_was_read() -> None:
    assert version("faust-streaming") == "0.15.3"


@pytest.mark.parametrize("name", READ)
def test_what_we_override_or_lean_on_is_what_was_read(name: str) -> None:
    module, _, path = name.partition(":")
    found = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    digest = sha256(inspect.getsource(inspect.unwrap(found)).encode()).hexdigest()[:16]
    assert digest == READ[name], f"read {name} again before using this version of Faust"


@pytest.mark.parametrize("ours", [False, True], ids=["upstream", "ours"])
def test_a_record_in_flight_at_the_committed_offset_holds_the_commit(ours: bool) -> None:
    """faust #606: with the head in flight upstream commits past it; ours does not."""
    tp = TP("t", 0)
    consumer = object.__new__(Consumer)
    consumer.acks = Acks()
    head = consumer.acks.take(tp, 0)
    for offset in (1, 2, 3):
        consumer.acks.finish(consumer.acks.take(tp, offset))
    consumer._acked = {tp: [1, 2, 3]}
    consumer._acked_index = {tp: {1, 2, 3}}
    consumer._gap = {tp: None}
    consumer._committed_offset = {tp: 0}
    base = super(Consumer, consumer)
    offset = consumer._new_offset(tp) if ours else base._new_offset(tp)
    assert offset == (0 if ours else 4), "upstream was mended: look at the override again"
    consumer.acks.finish(head)
    assert consumer._new_offset(tp) == 4
