"""The workbench: looking at deliveries as they come, keeping them in files, and sending them again."""
