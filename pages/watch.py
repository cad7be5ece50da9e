"""The audience's side: the picture, and nothing above it."""

from components.ui.guard import guard
from components.ui.watch import draw_watch

draw_watch(guard())
