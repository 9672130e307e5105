"""Datasets: what data a script reads, kept as a definition and looked at when it is used."""
