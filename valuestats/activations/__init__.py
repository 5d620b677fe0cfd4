"""What happens inside a model: neurons that tell two descriptions apart, directions, and files of activations."""
