"""What `status` and `send-test` check along the path of an event, from SaaSus's setting to the log groups.

Each check returns what it found. If AWS or SaaSus refuses to show something, that becomes a finding too, and the other
checks still run.
"""
