"""Upgrades: the steps from an older release of Open edX to this one."""
