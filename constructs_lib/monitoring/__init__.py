"""What shows how a bus does: alarms, dashboard, queries, EventBridge's own log, and the archive."""
