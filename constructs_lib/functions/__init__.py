"""The Lambda function that the constructs ship: it does at deploy what CloudFormation has no resource for."""
