"""The command line: one file per command or group, thin. What they call knows nothing of click."""
