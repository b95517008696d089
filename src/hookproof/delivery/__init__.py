"""What is sent: values and bytes. Knows nobody else."""
