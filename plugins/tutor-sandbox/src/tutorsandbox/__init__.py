"""The whole platform on small stand-in images that are built on the spot."""
