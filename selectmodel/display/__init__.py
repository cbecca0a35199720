"""How numbers, epochs, notes and tables are shown to a person; screens and pages are laid out of these."""
