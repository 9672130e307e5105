"""Compute of Azure that v1 could attach: the classes are there, so that notebooks import; nothing of it is reached."""
