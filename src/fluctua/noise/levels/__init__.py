"""Noise levels: drawn at random for training, or in order for samplers."""
