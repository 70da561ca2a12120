"""For whoever runs Condyle: whether it is up, whether it can serve, and how much it does."""
