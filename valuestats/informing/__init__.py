"""How far answers to an item tell models apart, and which items to ask."""
