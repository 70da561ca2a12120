"""What Condyle sends to other machines over HTTP: to an address that was checked, or not at all."""
