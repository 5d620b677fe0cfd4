"""What prompts do to answers: response style, order, wording, counterbalancing."""
