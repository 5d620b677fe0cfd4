"""One engine for latent linear models of counted answers."""
