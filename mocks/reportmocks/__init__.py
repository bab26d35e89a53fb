"""Local mock servers of five reporting APIs."""
