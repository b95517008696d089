"""Load: deliveries sent at fixed times whatever the target does, and every one of them accounted for."""
