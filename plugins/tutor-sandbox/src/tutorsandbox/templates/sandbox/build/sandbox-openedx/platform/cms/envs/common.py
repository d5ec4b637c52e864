"""Base settings of the CMS."""

from sandbox.base import fill

fill(globals(), "cms")
