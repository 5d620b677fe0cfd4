"""GlobalOpinionQA (Durmus et al. 2023)."""
