"""The id a fresh Kafka folder gets."""

import uuid

from hongyan.apache_kafka import new_cluster_id


def test_no_cluster_id_looks_like_an_option() -> None:
    """One start in 64 failed: base64 for addresses has a dash in its alphabet."""
    dashed = uuid.UUID(bytes=b"\xf8" + bytes(15))

    assert new_cluster_id(lambda: dashed).startswith("A")
    assert len(new_cluster_id(lambda: dashed)) == 22
    assert new_cluster_id() != new_cluster_id()
