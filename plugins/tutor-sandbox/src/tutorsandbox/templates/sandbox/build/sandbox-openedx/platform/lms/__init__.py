"""Stand-in for the service `lms`."""
