"""What commands show in a terminal: events, tables, times, progress, without secrets."""
