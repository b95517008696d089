"""What is thought of a delivery: whose it seems to be, whether it is signed right, whether it fits its schema."""
