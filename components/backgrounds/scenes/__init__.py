"""The built-in scenes: one module per picture, and the brushes that they share."""
