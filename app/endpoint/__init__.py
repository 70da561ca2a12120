"""A language model behind an address: asked by workers and by `condyle doctor`, by nobody else."""
