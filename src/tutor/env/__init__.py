"""The environment: rendered in memory, checked, planned, and applied all at once."""
