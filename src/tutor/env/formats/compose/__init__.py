"""What a Compose file says, and whether Compose accepts it."""
