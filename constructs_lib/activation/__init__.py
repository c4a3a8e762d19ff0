"""Makes a partner event source deliver: SaaSus's setting, and the proof that events arrive."""
