"""Names and versions. Plugins import these; nothing here imports anything."""

__app__ = "tutor"
__version__ = "22.1.0"
__version_suffix__ = ""
__package_version__ = __version__

#: Version of the interface that plugins and the published images follow: ``TUTOR_VERSION`` in templates.
__interface_version__ = "22.0.3"


def version_line() -> str:
    """What ``tutor --version`` prints."""
    return f"{__app__}, version {__version__}"
