"""What changes is pushed: a watcher looks while somebody listens, and every socket hears of its workspace."""
