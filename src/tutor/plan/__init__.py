"""The plan: what would change, and because of what. Everything is compared, nothing is written or started."""

from __future__ import annotations

from tutor.plan.model import (
    Cause,
    FileChange,
    Hunk,
    ImageChange,
    Plan,
    ServiceChange,
    SettingChange,
    TaskChange,
)

__all__ = [
    "Cause",
    "FileChange",
    "Hunk",
    "ImageChange",
    "Plan",
    "ServiceChange",
    "SettingChange",
    "TaskChange",
]
