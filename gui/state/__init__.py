"""What screens remember, without Qt."""
