"""All that knows Locust."""
