"""Cells of a live kernel that run on the cluster, with its values, and give back what they bind."""
