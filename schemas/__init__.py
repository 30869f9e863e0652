"""What travels: events, actions, receipts, failures, the topic table and their bytes."""
