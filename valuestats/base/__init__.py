"""What everything stands on: errors, files, progress, printed names, threads, the registry."""
