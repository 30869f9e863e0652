"""The HTTP API: messages and chats under `/v1`, signed webhooks in, health and metrics."""
