"""Noise laws: what they are, how they are named and scaled, and what Gaussian laws they are mixtures of."""
