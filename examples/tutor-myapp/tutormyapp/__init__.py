"""An example of a Tutor plugin."""
