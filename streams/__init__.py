"""The stream worker: events in, plugin runs in chat lanes, actions out, nothing lost between."""
