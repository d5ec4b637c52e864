"""Side by side with the incumbent: the same commands on the same input, timed in turn."""
