"""Rankings of the same options beside each other, rankings that follow from value weights, and profiles against a target."""
