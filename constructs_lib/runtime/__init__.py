"""What runs in Lambda functions. It needs nothing but the standard library and boto3."""
