"""Jobs: named lists of tasks, the order in which they run, and where to resume."""
