"""Remit: a software team of seven role agents under a written policy."""

__version__ = "0.1.0"
