"""What commands ask AWS for: sessions, stacks, queues, log groups, rules."""
