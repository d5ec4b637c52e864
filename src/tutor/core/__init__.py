"""Mechanisms that the rest is built on."""
