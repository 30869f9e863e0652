"""One question to a Kafka broker that only a broker in service answers."""

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest


async def broker_answers(host: str, port: int) -> bool:
    """Whether the broker at host:port names its brokers (ApiVersions, then Metadata)."""
    try:
        connection = await create_conn(host, port, request_timeout_ms=3_000)
    except (OSError, KafkaError, TimeoutError):
        return False
    try:
        metadata = await connection.send(MetadataRequest([]))
    except (KafkaError, TimeoutError):
        return False
    finally:
        connection.close()
    return bool(metadata.brokers)
