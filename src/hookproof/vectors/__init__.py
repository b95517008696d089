"""Signature vectors: requests, each with the key it is judged by and the one right verdict, for any language."""
