"""What happens when the app is synthesized: checks of our own, and findings that are acknowledged."""
