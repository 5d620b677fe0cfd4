"""Values behind plans: what weights stand behind steps that were taken one after another."""
