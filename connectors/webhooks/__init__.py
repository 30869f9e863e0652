"""Webhooks that are sent: endpoints, the guard of addresses, deliveries and the relay's sender."""
