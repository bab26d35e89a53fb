"""The control API under `/_mock`: look at the mocks and steer them, sandbox by sandbox or all at once."""
