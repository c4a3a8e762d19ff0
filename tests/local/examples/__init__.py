"""Each example, deployed to a local AWS: its demo, and what duplicates, wrong order and crashes do to it."""
