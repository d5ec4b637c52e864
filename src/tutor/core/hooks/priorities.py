"""Order of contributions: lower runs first. Any integer is allowed, these have names."""

HIGH = 5
DEFAULT = 10
LOW = 50
