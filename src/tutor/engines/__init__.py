"""Engines: from a rendered environment to commands, and the one place that runs them."""
