"""What SaaSus sends: the catalog of its operations, the names of its event sources, its events."""
