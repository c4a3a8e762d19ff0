"""What the decoded bus is made of: the decoder with its queue, and the queues that it sends to in order."""
