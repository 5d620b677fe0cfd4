"""What is chosen over what: strengths of options from comparisons, choices and rankings."""
