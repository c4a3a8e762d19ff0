"""What happens when the app is synthesized: our own checks and decisions, and acknowledged findings."""
