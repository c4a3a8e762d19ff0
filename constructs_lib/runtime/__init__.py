"""What runs in Lambda functions: the standard library is enough for it."""
