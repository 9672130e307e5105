"""The rules, the particular ones before the general: the first that finds its cause is believed."""
