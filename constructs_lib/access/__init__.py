"""Who may use what: the policies of queues, keys, topics, functions, log groups and roles."""
