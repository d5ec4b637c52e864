"""What stands in the place of edx-platform: a page, a heartbeat, a journal of management commands, a worker."""
