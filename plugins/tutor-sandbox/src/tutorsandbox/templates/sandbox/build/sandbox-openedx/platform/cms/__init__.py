"""Stand-in for the service `cms`."""
