"""Tutor: settings and plugins in, a running Open edX platform out."""
