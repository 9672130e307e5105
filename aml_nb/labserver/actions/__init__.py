"""What the panel's buttons do, a module a kind."""
