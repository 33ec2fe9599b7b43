"""The page of a run: one HTML file that holds all of it and fetches nothing."""

from remit.analysis.page.writing import page

__all__ = ["page"]
