"""What Relink costs, from counted requests and list prices."""
