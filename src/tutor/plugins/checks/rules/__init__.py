"""One module per rule, named after it: each has a `RULE`."""
