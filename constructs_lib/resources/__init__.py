"""Which resource was passed (one of the app, even if imported, or one from elsewhere), and where it is."""
