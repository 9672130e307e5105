"""Pipelines: steps that read what other steps wrote, run side by side where they can."""
