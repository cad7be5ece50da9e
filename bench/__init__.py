"""What the frame path costs and how good it looks, beside its peers. Measured, never asserted: see `__main__`."""
