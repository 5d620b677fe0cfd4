"""Value-Spectrum."""
