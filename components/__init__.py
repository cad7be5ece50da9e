"""The rooms of the studio; see README.md for the map and the way a frame travels."""
