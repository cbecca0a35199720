"""What the pictures of all answers share: Altair, one look, lines over epochs, SVG and PNG."""
