"""Films that a program sends to be classified: answered by the promoted classifier, never kept."""
