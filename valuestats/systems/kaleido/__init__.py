"""Value Kaleidoscope (Sorensen et al. 2023)."""
