"""What is preferred: labels of chosen options, conditions held against each other on the same items."""
