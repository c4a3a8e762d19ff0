"""EventBridge's pattern engine, offline: what a pattern means, and whether an event matches it."""
