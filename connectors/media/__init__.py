"""Blobs beside the topics: pictures, files, oversize values, by the hash of their bytes."""
