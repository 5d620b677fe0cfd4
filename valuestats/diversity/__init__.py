"""How evenly free answers refer to perspectives."""
