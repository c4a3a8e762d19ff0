"""The Lambda function that the constructs ship: it does in a deployment what CloudFormation has no resource for."""
