"""Cases for management APIs: requests, URLs and operations."""
