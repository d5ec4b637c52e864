"""Base settings of the LMS."""

from sandbox.base import fill

fill(globals(), "lms")
