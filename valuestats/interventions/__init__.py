"""Effects of interventions on answers."""
