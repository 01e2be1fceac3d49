"""The README's pictures, taken of what really runs."""
