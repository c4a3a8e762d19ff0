"""Routes: the rules of one filter, their targets, and how events are delivered to these."""
