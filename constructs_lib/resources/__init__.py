"""Which resource was given: one of the app, also where it is imported, or one from elsewhere, and where it is."""
