"""A panel of systems with known responses, on which it is seen where the estimator's bands fail.

``python tests/validation/panel --help`` runs it; ``table`` lists the systems.
"""
