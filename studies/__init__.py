"""Published experiments, run again beside their published numbers; one folder a paper, none of it in the wheel."""
