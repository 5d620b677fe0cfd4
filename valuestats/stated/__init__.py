"""What is said to be valued beside what is chosen, and beside what people of other nations say."""
