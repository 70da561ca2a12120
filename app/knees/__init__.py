"""Films of both knees: which they are, and corrections of where each knee is."""
