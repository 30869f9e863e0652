"""Dead letters in PostgreSQL: what is known of each, found by filters, redriven or discarded."""
