"""The command line: commands read, call one function, and print."""

from remit.cli.app import app, main

__all__ = ["app", "main"]
