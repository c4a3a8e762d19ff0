"""What AWS would refuse or never deliver, found at synth."""
