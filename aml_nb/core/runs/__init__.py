"""Experiments and runs: what was trained, with which result, and what came of it."""
