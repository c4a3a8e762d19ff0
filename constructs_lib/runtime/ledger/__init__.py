"""Working through events once and in order: a row in a DynamoDB table for each event or record, and its conditions."""
