"""Streams out: what the studio shows, live on a stage."""
