"""Placeholder docstring: see the module files."""
