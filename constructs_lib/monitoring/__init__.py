"""What a team watches and keeps of a bus: alarms, dashboard, saved queries, the bus log, and the archive."""
