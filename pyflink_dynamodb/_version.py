"""The one place of the version; pom.xml and the jar are compared with it by a test."""

__version__ = "0.1.0"
